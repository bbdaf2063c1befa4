import { beforeEach, describe, expect, it } from "vitest";
import {
  type Caller,
  enrolled,
  FILES,
  given,
  ISSUER,
  issued,
  NOW_S,
  parsed,
  type StepWorld,
  stepWorld,
} from "../../../test/sts/step-world.ts";
import { isRefusal } from "../outcome.ts";
import type { Sourced } from "../stages.ts";
import { checkDelegation } from "./check-delegation.ts";
import { agentUrl, checkTarget } from "./check-target.ts";
import { loadMandate } from "./load-mandate.ts";
import { loadSubjectToken } from "./load-subject-token.ts";
import { TOKEN_TYPES } from "./parse-request.ts";
import { tokenName } from "./prepare-token.ts";

let world: StepWorld;
let first: Caller;
let second: Caller;
beforeEach(() => {
  world = stepWorld();
  first = enrolled(world, "first", { delegates: ["second"] });
  second = enrolled(world, "second");
});

/** The stage of an exchange, after the subject token was loaded. */
async function sourced(
  caller: Caller,
  token: { readonly jti: string },
  params: Record<string, string> = {},
): Promise<Sourced> {
  const request = { subject_token: token.jti, subject_token_type: TOKEN_TYPES.accessToken, ...params };
  const stage = await loadSubjectToken({ ...parsed(request), ...caller }, world.ports);
  if (isRefusal(stage)) throw new TypeError(stage.code);
  return stage;
}

const own = { actor_token: "assertion", actor_token_type: TOKEN_TYPES.jwt, client_assertion: "assertion" };
const handOff = (more: object = {}) =>
  issued(world, given(world, "first"), first, { aud: agentUrl(ISSUER, "second"), ...more });
const rebind = async (token = handOff(), params: Record<string, string> = own, caller = second) =>
  checkDelegation(await sourced(caller, token, params), world.ports);

describe("a continuation", () => {
  const go = async (caller: Caller, more: object = {}) => {
    const token = issued(world, given(world, "first"), first, more);
    return checkDelegation(await sourced(caller, token), world.ports);
  };

  it("is of the presenter, by the key the token is bound to", async () => {
    expect(await go(first)).toMatchObject({ source: { mode: "continuation" } });
  });

  it("is refused to any other key", async () => {
    expect(await go(first, { cnf: { jkt: "other" } })).toMatchObject({ code: "invalid_grant" });
  });

  it("is refused to another agent, even by the same key", async () => {
    const thief = { ...second, proof: first.proof };
    expect(await go(thief)).toMatchObject({ code: "chain_invalid" });
  });

  it("of a token without actor is of the agent that is its subject", async () => {
    const { act: _, ...direct } = issued(world, given(world, "first"), first, { sub: "first" });
    world.tokens.set(direct.jti, direct);
    expect(checkDelegation(await sourced(first, direct), world.ports)).toMatchObject({
      client: first.client,
    });
    world.tokens.set(direct.jti, { ...direct, sub: "second" });
    expect(checkDelegation(await sourced(first, direct), world.ports)).toMatchObject({
      code: "chain_invalid",
    });
  });

  it("cannot be of a hand-off token, which is of use to the actor it names alone", async () => {
    expect(await go(first, { aud: `${ISSUER}/agents/second` })).toMatchObject({ code: "chain_invalid" });
  });

  it("cannot be of a mandate: that has no token to go on from", () => {
    const mandate = given(world, "first");
    const stage = loadMandate({ ...parsed({ mandate: mandate.id }), ...first }, world.ports);
    if (isRefusal(stage)) throw new TypeError(stage.code);
    expect(checkDelegation(stage, world.ports)).toMatchObject({ code: "invalid_grant" });
  });
});

describe("an agent of the highest tier", () => {
  it("goes on only from what a subject signed", async () => {
    const risky = enrolled(world, "risky", { tier: "T3" });
    const from = async (basis: "operator" | "signed_by_subject") => {
      const token = issued(world, given(world, "risky", { basis }), risky);
      return checkDelegation(await sourced(risky, token), world.ports);
    };
    expect(await from("operator")).toMatchObject({ code: "subject_unproven" });
    expect(await from("signed_by_subject")).toMatchObject({ client: risky.client });
  });
});

describe("a rebind", () => {
  it("puts the actor in front of the chain, and uses the hand-off token up", async () => {
    const token = handOff();
    const chain = [
      { iss: ISSUER, sub: "second", subProfile: "ai_agent" },
      { iss: ISSUER, sub: "first", subProfile: "ai_agent" },
    ];
    expect(await rebind(token)).toMatchObject({
      source: {
        mode: "rebind",
        chain,
        parentChain: chain.slice(1),
        changes: [{ room: "hand-off", key: tokenName(token.jti), value: token.exp }],
      },
    });
    expect(world.asked).toEqual([
      { port: "handOff", input: { name: tokenName(token.jti), expires: token.exp, nowS: NOW_S } },
    ]);
    expect(await rebind(token)).toMatchObject({ code: "replayed" });
  });

  it("needs the client's own assertion, the very one it authenticated with", async () => {
    expect(await rebind(handOff(), { ...own, actor_token: "other" })).toMatchObject({
      code: "invalid_grant",
    });
    const { client_assertion: _, ...platform } = own;
    expect(await rebind(handOff(), { ...platform, assertion: "assertion" })).toMatchObject({
      source: { mode: "rebind" },
    });
    expect(await rebind(handOff(), { ...platform, assertion: "other" })).toMatchObject({
      code: "invalid_grant",
    });
    expect(await rebind(handOff(), { ...platform, actor_token: "" })).toMatchObject({
      code: "invalid_grant",
    });
  });

  it("needs a token made for this agent", async () => {
    for (const aud of [FILES, agentUrl(ISSUER, "first"), `${agentUrl(ISSUER, "second")}/`])
      expect(await rebind(handOff({ aud }))).toMatchObject({ code: "chain_invalid" });
  });

  it("needs a registered edge from an active holder", async () => {
    for (const more of [{ delegates: [] }, { delegates: ["other"] }, { state: "suspended" }] as const) {
      world.agents.set("first", { ...first.client, ...more });
      expect(await rebind()).toMatchObject({ code: "actor_unauthorized" });
    }
    world.agents.delete("first");
    expect(await rebind()).toMatchObject({ code: "actor_unauthorized" });
    expect(world.spent.size).toBe(0);
  });

  it("adds nobody who presents it already, and no ninth layer", async () => {
    world.agents.set("second", { ...second.client, delegates: ["second"] });
    const bySelf = handOff({ act: { iss: ISSUER, sub: "second" } });
    expect(await rebind(bySelf)).toMatchObject({ code: "chain_invalid" });
    const layers = (count: number): object =>
      count === 1
        ? { iss: ISSUER, sub: "l1" }
        : { iss: ISSUER, sub: count === 8 ? "first" : `l${count}`, act: layers(count - 1) };
    expect(await rebind(handOff({ act: layers(8) }))).toMatchObject({ code: "chain_too_deep" });
    expect(world.spent.size).toBe(0);
  });

  describe("by a token of the actor", () => {
    const byToken = async (more: object = {}) => {
      const { act: _, ...direct } = issued(world, given(world, "second"), second, { sub: "second", ...more });
      const claims = "act" in more ? { ...direct, act: { iss: ISSUER, sub: "second" } } : direct;
      world.tokens.set("actor", claims);
      return rebind(handOff(), { actor_token: "actor", actor_token_type: TOKEN_TYPES.accessToken });
    };

    it("takes a live, direct one by the key of the proof", async () => {
      expect(await byToken()).toMatchObject({ source: { mode: "rebind" } });
    });

    it.each([
      ["is delegated", { act: {} }],
      ["is of another agent", { sub: "first" }],
      ["is bound to another key", { cnf: { jkt: "other" } }],
    ])("refuses one that %s", async (_name, more) => {
      expect(await byToken(more)).toMatchObject({ code: "invalid_grant" });
    });

    it("refuses one that does not verify, or was revoked", async () => {
      const params = { actor_token: "unknown", actor_token_type: TOKEN_TYPES.accessToken };
      expect(await rebind(handOff(), params)).toMatchObject({ code: "invalid_grant" });
      const mandate = given(world, "second");
      world.epochs.set(`mandate:${mandate.id}`, 1);
      const { act: _, ...dead } = issued(world, mandate, second, { sub: "second" });
      world.tokens.set("actor", dead);
      expect(await rebind(handOff(), { ...params, actor_token: "actor" })).toMatchObject({ code: "revoked" });
    });
  });
});

describe("the target of a token", () => {
  const target = async (targets: readonly string[], more: object = {}, caller = first) => {
    const token = issued(world, given(world, caller.client.id), caller, more);
    return checkTarget(
      { ...(await sourced(caller, token)), request: { ...parsed({}, targets).request } },
      world.ports,
    );
  };
  const mail = `${ISSUER}/mcp/mail`;
  const ng = (reach: readonly string[]) => {
    const token = issued(world, given(world, "first"), first);
    return { ng: { ...token.ng, reach } };
  };

  it("is the one that is asked for, named once or twice", async () => {
    expect(await target([FILES, FILES], ng([FILES, mail]))).toMatchObject({ target: FILES });
    expect(await target([FILES, mail], ng([FILES, mail]))).toMatchObject({ code: "invalid_target" });
  });

  it("is the only one within reach when none is asked for", async () => {
    expect(await target([])).toMatchObject({ target: FILES });
    expect(await target([], ng([FILES, mail]))).toMatchObject({ code: "invalid_target" });
    expect(await target([], ng([]))).toMatchObject({ code: "invalid_target" });
  });

  it("is an active server within the authority of the parent", async () => {
    expect(await target([mail])).toMatchObject({ code: "invalid_target" });
    world.servers.set("files", { id: "files", state: "suspended" });
    expect(await target([FILES])).toMatchObject({ code: "invalid_target" });
    world.servers.delete("files");
    expect(await target([FILES])).toMatchObject({ code: "invalid_target" });
  });

  it("is at this gate, also when the authority names another", async () => {
    const elsewhere = "https://other.example/mcp/files";
    world.servers.set(elsewhere.slice(`${ISSUER}/mcp/`.length), { state: "active" });
    expect(await target([elsewhere], ng([elsewhere]))).toMatchObject({ code: "invalid_target" });
  });

  it("is another active agent along a registered edge, for a hand-off", async () => {
    const next = agentUrl(ISSUER, "second");
    expect(await target([next])).toMatchObject({ target: next });
    world.agents.set("second", { ...second.client, state: "suspended" });
    expect(await target([next])).toMatchObject({ code: "actor_unauthorized" });
    world.agents.delete("second");
    expect(await target([next])).toMatchObject({ code: "actor_unauthorized" });
    expect(await target([agentUrl(ISSUER, "first")])).toMatchObject({ code: "actor_unauthorized" });
    const selfish = enrolled(world, "selfish", { delegates: ["selfish", "gone"] });
    for (const id of ["selfish", "gone", ""])
      expect(await target([agentUrl(ISSUER, id)], {}, selfish)).toMatchObject({ code: "actor_unauthorized" });
  });
});
