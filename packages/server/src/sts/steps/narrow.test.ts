import { formatAuthority, parseAuthority } from "@narrowgate/authority";
import type { JsonObject } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import {
  AUTHORITY,
  type Caller,
  enrolled,
  FILES,
  given,
  ISSUER,
  MAIL,
  NOW_S,
  parsed,
  type StepWorld,
  stepWorld,
} from "../../../test/sts/step-world.ts";
import { isRefusal } from "../outcome.ts";
import type { Narrowed, Targeted } from "../stages.ts";
import { loadMandate } from "./load-mandate.ts";
import { narrow } from "./narrow.ts";
import { prepareToken } from "./prepare-token.ts";

let world: StepWorld;
let agent: Caller;
beforeEach(() => {
  world = stepWorld();
  agent = enrolled(world, "a");
});

/** The stage of a root token for a target, with changes to it. */
function targeted(
  params: Record<string, string> = {},
  target = FILES,
  change: (stage: Targeted) => Targeted = (stage) => stage,
): Targeted {
  const mandate = given(world, "a");
  const stage = loadMandate({ ...parsed({ ...params, mandate: mandate.id }), ...agent }, world.ports);
  if (isRefusal(stage)) throw new TypeError(stage.code);
  return change({ ...stage, target });
}

function granted(params: Record<string, string> = {}, target = FILES): Narrowed {
  const result = narrow(targeted(params, target), world.ports);
  if (isRefusal(result)) throw new TypeError(`${result.code} ${result.description}`);
  return result;
}

const detail = (more: JsonObject = {}): JsonObject => ({
  type: "mcp_tool",
  server: "files",
  tools: ["read"],
  depth: 1,
  ...more,
});

describe("what is granted", () => {
  it("is all that mandate and ceiling have in common when nothing is asked for", () => {
    const { granted: authority, requested, actorCeiling, clientCeiling } = granted();
    expect(formatAuthority(authority)).toMatchObject(AUTHORITY);
    expect(requested).toEqual({});
    expect(actorCeiling).toBe(clientCeiling);
    expect(formatAuthority(actorCeiling)).toMatchObject(AUTHORITY);
  });

  it("is what is asked for, and what was asked for is kept as it was sent", () => {
    const details = [detail()];
    const stage = granted({ scope: "files:read", authorization_details: JSON.stringify(details) });
    expect(stage.requested).toEqual({ scope: ["files:read"], authorization_details: details });
    expect(stage.granted.scope).toEqual(["files:read"]);
    expect(formatAuthority(stage.granted).authorization_details).toEqual(details);
  });

  it("is never more than the ceiling of the agent", () => {
    agent = { ...agent, client: { ...agent.client, ceiling: { ...AUTHORITY, scope: ["files:read"] } } };
    expect(granted().granted.scope).toEqual(["files:read"]);
    expect(narrow(targeted({ scope: "files:write" }), world.ports)).toMatchObject({
      code: "invalid_scope",
      description: expect.stringContaining("actorCeiling"),
    });
  });

  it("is refused in the dimension that was exceeded", () => {
    const codeOf = (params: Record<string, string>, target?: string) =>
      narrow(targeted(params, target), world.ports);
    expect(codeOf({ scope: "files:read admin" })).toMatchObject({ code: "invalid_scope" });
    expect(codeOf({}, `${ISSUER}/mcp/other`)).toMatchObject({ code: "invalid_target" });
    expect(codeOf({ authorization_details: JSON.stringify([detail({ depth: 9 })]) })).toMatchObject({
      code: "invalid_authorization_details",
    });
  });

  it.each([
    ["no JSON", "["],
    ["no list", "{}"],
    ["unknown members", JSON.stringify([{ ...detail(), more: 1 }])],
    ["a member twice", '[{"type":"mcp_tool","type":"mcp_tool","server":"files","tools":["read"]}]'],
    ["more than 16 KiB", `[${" ".repeat(16 * 1024)}]`],
    ["more depth than a detail has", `${"[".repeat(9)}${"]".repeat(9)}`],
  ])("is refused with details that are %s", (_name, text) => {
    expect(narrow(targeted({ authorization_details: text }), world.ports)).toMatchObject({
      code: "invalid_authorization_details",
    });
  });

  it("need not reach the target of a hand-off, which is no server", () => {
    expect(granted({}, `${ISSUER}/agents/b`).granted.resource).toEqual([FILES, MAIL]);
  });

  it("loses a step of depth by a rebind alone", () => {
    const depthAfter = (mode: "continuation" | "rebind") => {
      const stage = targeted({}, FILES, (at) => ({ ...at, source: { ...at.source, mode } }));
      const result = narrow(stage, world.ports);
      return isRefusal(result) ? result : result.granted.details[0]?.depth;
    };
    expect([depthAfter("continuation"), depthAfter("rebind")]).toEqual([3, 2]);
  });

  it("holds nothing that is over by now", () => {
    const ending = (expires: number) => [detail({ expires }), detail({ server: "mail" })];
    const over = (expires: number) =>
      targeted({}, FILES, (at) => ({
        ...at,
        client: { ...at.client, ceiling: { ...AUTHORITY, authorization_details: ending(expires) } },
        source: {
          ...at.source,
          authority: parseAuthority({ ...AUTHORITY, authorization_details: ending(expires) }),
        },
      }));
    const servers = (expires: number) => {
      const result = narrow(over(expires), world.ports);
      return isRefusal(result) ? result : result.granted.details.map(({ server }) => server);
    };
    expect([servers(NOW_S + 1), servers(NOW_S)]).toEqual([["files", "mail"], ["mail"]]);
  });
});

describe("the claims of a token", () => {
  it("say who, what, for whom, by which key, and what it rests on", () => {
    const stage = granted({ scope: "files:read" });
    const { mandate } = stage.source;
    const result = prepareToken(stage, world.ports);
    if (isRefusal(result)) throw new TypeError(result.code);
    const { claims, signingInput, signer } = result;
    expect(claims).toMatchObject({
      iss: ISSUER,
      aud: FILES,
      sub: mandate.document.subject,
      sub_profile: "user",
      client_id: "a",
      scope: "files:read",
      iat: NOW_S,
      exp: NOW_S + 300,
      txn: mandate.txn,
      act: { iss: ISSUER, sub: "a", sub_profile: "ai_agent" },
      cnf: { jkt: agent.proof.jkt },
      ng: {
        mandate: mandate.id,
        instance: agent.instance.ref,
        basis: "operator",
        assurance: "enrolled",
        env: "dev",
        reach: [FILES, MAIL],
      },
    });
    expect(claims.ng).not.toHaveProperty("parent");
    const parts = signingInput
      .split(".")
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
    expect(parts).toEqual([
      { alg: "ES256", kid: signer.kid, typ: "at+jwt" },
      JSON.parse(JSON.stringify(claims)),
    ]);
  });

  it("name the actors from the presenter back, each as what it is", () => {
    const stage = granted();
    const [last] = stage.source.chain ?? [];
    const chain = [
      { iss: ISSUER, sub: "b" },
      { iss: ISSUER, sub: "c", subProfile: "service" },
      last,
    ] as const;
    if (chain[2] === undefined) throw new TypeError("no actor");
    const source = { ...stage.source, chain: [chain[0], chain[1], chain[2]] as const };
    const result = prepareToken({ ...stage, source }, world.ports);
    expect(isRefusal(result) ? result : result.claims.act).toStrictEqual({
      iss: ISSUER,
      sub: "b",
      act: {
        iss: ISSUER,
        sub: "c",
        sub_profile: "service",
        act: { iss: ISSUER, sub: "a", sub_profile: "ai_agent" },
      },
    });
    const alone = prepareToken({ ...stage, source: { ...stage.source, chain: undefined } }, world.ports);
    expect(isRefusal(alone) ? alone : alone.claims).not.toHaveProperty("act");
  });

  it("end with the first of all that bounds them, and are refused when that is now", () => {
    const expiryWith = (change: (stage: Narrowed) => Narrowed): number | string => {
      const result = prepareToken(change(granted()), world.ports);
      return isRefusal(result) ? result.code : result.claims.exp - NOW_S;
    };
    const at = NOW_S + 50;
    expect(expiryWith((stage) => stage)).toBe(300);
    expect(expiryWith((stage) => ({ ...stage, source: { ...stage.source, expires: at } }))).toBe(50);
    expect(expiryWith((stage) => ({ ...stage, client: { ...stage.client, expires: at } }))).toBe(50);
    const ofMandate = (expires: number) => (stage: Narrowed) => {
      const { mandate } = stage.source;
      const document = { ...mandate.document, expires };
      return { ...stage, source: { ...stage.source, mandate: { ...mandate, document } } };
    };
    expect(expiryWith(ofMandate(at))).toBe(50);
    expect(expiryWith(ofMandate(NOW_S + 1))).toBe(1);
    expect(expiryWith(ofMandate(NOW_S))).toBe("invalid_grant");
    const ofDetail = parseAuthority({ ...AUTHORITY, authorization_details: [detail({ expires: at })] });
    expect(expiryWith((stage) => ({ ...stage, granted: ofDetail }))).toBe(50);
  });

  it("carry the epochs of the parent as they were, and of token, agent and instance as they are, in order", () => {
    const stage = granted();
    const { client, instance } = agent;
    const agentPair = `agent:${client.ref}`;
    world.epochs.set(agentPair, 5).set(`instance:${instance.ref}`, 7).set("all:all", 9);
    const carried = (epochs: readonly (readonly [string, number])[]) => {
      const result = prepareToken({ ...stage, source: { ...stage.source, epochs } }, world.ports);
      if (isRefusal(result)) throw new TypeError(result.code);
      return result.claims.ng.epochs;
    };
    const own = carried([["all:all", 2]]);
    expect(own.map(([kindRef]) => kindRef.split(":")[0])).toEqual(["agent", "all", "instance", "token"]);
    expect(new Map(own)).toEqual(
      new Map([
        [agentPair, 5],
        ["all:all", 2],
        [`instance:${instance.ref}`, 7],
        [own.at(-1)?.[0] ?? "", 0],
      ]),
    );
    expect(new Map(carried([[agentPair, 3]])).get(agentPair)).toBe(3);
  });
});
