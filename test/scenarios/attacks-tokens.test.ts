import { createHash } from "node:crypto";
import {
  acceptHandOff,
  closeMandate,
  nonceForSubject,
  openMandate,
  type TokenClient,
} from "@narrowgate/agent";
import type { MandateDocument } from "@narrowgate/contracts";
import { fromBase64url, fromUtf8, type JsonObject, parseStrictJson, randomId } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SimulatedPerson, simulatePerson } from "../../pilots/support-desk/src/tour/person.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const JWT = "urn:ietf:params:oauth:token-type:jwt";
const BY = { operator: "AAAAAAAAAAAAAAAAAAAAAA", jws: "signed.by.test" };

let gate: TestInstance;
let person: SimulatedPerson;
let first: TokenClient;
let second: TokenClient;
let stranger: TokenClient;

const members = (value: unknown): JsonObject[] => (Array.isArray(value) ? value : []);

/** The chain of agents, people who may sign, an agent that may hand off to itself, and one of the highest tier. */
function registryWithPeople(change: (agent: JsonObject) => JsonObject = (agent) => agent): JsonObject {
  const plain = chainRegistry();
  const [one = {}] = members(plain["agents"]);
  const more = [
    { ...one, id: "circle", delegates: ["circle"] },
    { ...one, id: "money", tier: "T3", delegates: ["money-two"] },
    { ...one, id: "money-two", tier: "T3", delegates: [] },
    { ...one, id: "low", tier: "T2", delegates: ["money-two"] },
  ];
  const issuers = [{ issuer: person.issuer, uses: ["subject"], audiences: ["desk"], jwks: person.jwks }];
  return { ...plain, issuers, agents: [...members(plain["agents"]), ...more].map(change) };
}

beforeAll(async () => {
  person = simulatePerson("https://people.example.com", "ana");
  gate = await startInstance();
  await gate.apply(registryWithPeople(), TOKENS_FOR_ALL);
  [first, second, stranger] = [
    await gate.join("first"),
    await gate.join("second"),
    await gate.join("stranger"),
  ];
}, 60_000);

afterAll(() => gate.close());

const files = (): string => `${gate.issuer}/mcp/files`;
const agentAt = (id: string): string => `${gate.issuer}/agents/${id}`;

function claimsOf(jws: string): JsonObject {
  const value = parseStrictJson(fromUtf8(fromBase64url(jws.split(".")[1] ?? "")));
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

const root = (client: TokenClient, more: Record<string, string> = {}) =>
  client.request({ grant_type: "client_credentials", resource: files(), ...more });
const exchange = (client: TokenClient, token: string, more: Record<string, string> = {}) =>
  client.request({
    grant_type: EXCHANGE,
    subject_token: token,
    subject_token_type: ACCESS_TOKEN,
    resource: files(),
    ...more,
  });
const rebind = (client: TokenClient, token: string, more: Record<string, string> = {}) =>
  exchange(client, token, { actor_token: "self", actor_token_type: JWT, ...more });

function documentFor(agent: string, more: Partial<MandateDocument> = {}): MandateDocument {
  const ceiling = gate.instance().registry.agent(agent)?.ceiling ?? {};
  return {
    v: 1,
    salt: randomId(),
    agent,
    subject: person.subject,
    purpose: "test",
    authority: ceiling,
    expires: Math.floor(Date.now() / 1000) + 3600,
    idleSeconds: 900,
    ...more,
  };
}

const signed = (document: MandateDocument): string => person.signIn(nonceForSubject(document), "desk");

describe("mandates", () => {
  it("are of use to the agent they were given to alone, and to nobody once closed", async () => {
    const document = documentFor("first");
    const mandate = await openMandate(first, document, signed(document));
    await expect(root(first, { mandate })).resolves.toBeDefined();
    await expect(root(second, { mandate })).rejects.toMatchObject({ code: "actor_unauthorized" });
    await expect(root(first, { mandate: randomId() })).rejects.toMatchObject({ code: "mandate_unknown" });
    await expect(closeMandate(second, mandate)).rejects.toMatchObject({ code: "mandate_unknown" });
    await closeMandate(first, mandate);
    await expect(root(first, { mandate })).rejects.toMatchObject({ code: "mandate_closed" });
    await gate.restart();
    await expect(root(first, { mandate })).rejects.toMatchObject({ code: "mandate_unknown" });
  });

  it("that a person signed are opened once: not twice, not after the end, not after a restart", async () => {
    const document = documentFor("first");
    const assertion = signed(document);
    const mandate = await openMandate(first, document, assertion);
    await expect(openMandate(first, document, assertion)).rejects.toMatchObject({ code: "replayed" });
    await expect(openMandate(first, document, signed(document))).rejects.toMatchObject({ code: "replayed" });
    await closeMandate(first, mandate);
    await expect(openMandate(first, document, assertion)).rejects.toMatchObject({ code: "replayed" });
    await gate.restart();
    await expect(openMandate(first, document, assertion)).rejects.toMatchObject({ code: "replayed" });
  });

  it("that two requests open at once with one signature are one", async () => {
    const document = documentFor("first");
    const assertion = signed(document);
    const tries = await Promise.allSettled([1, 2, 3].map(() => openMandate(first, document, assertion)));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("say signed only when the person signed this very document", async () => {
    const money = await gate.join("money");
    const document = documentFor("money");
    const other = documentFor("money", { purpose: "another" });
    const mandate = await openMandate(money, document, signed(other));
    await expect(root(money, { mandate })).rejects.toMatchObject({ code: "subject_unproven" });
    const word = await openMandate(money, documentFor("money"));
    await expect(root(money, { mandate: word })).rejects.toMatchObject({ code: "subject_unproven" });
    await expect(root(money)).rejects.toMatchObject({ code: "subject_unproven" });
    const low = await gate.join("low");
    const handed = (await root(low, { resource: agentAt("money-two") })).accessToken;
    const two = await gate.join("money-two");
    await expect(rebind(two, handed)).rejects.toMatchObject({ code: "subject_unproven" });
    const right = await openMandate(money, document, signed(document));
    await expect(root(money, { mandate: right })).resolves.toBeDefined();
  });

  it("do not speak for another agent", async () => {
    await expect(openMandate(first, documentFor("first", { subject: "agent:second" }))).rejects.toMatchObject(
      {
        code: "malformed_input",
      },
    );
    await expect(openMandate(first, documentFor("second"))).rejects.toMatchObject({
      code: "actor_unauthorized",
    });
  });

  it("die with what they rest on: whoever revokes the person, the agent or everything ends them too", async () => {
    const subjectRef = (id: string): string => gate.instance().mandates.mandate(id)?.subjectRef ?? "";
    const agentRef = gate.instance().registry.agent("first")?.ref ?? "";
    for (const kind of ["subject", "agent", "all"] as const) {
      const document = documentFor("first");
      const mandate = await openMandate(first, document, signed(document));
      await root(first, { mandate });
      const id = { subject: subjectRef(mandate), agent: agentRef, all: "all" }[kind];
      await gate.instance().containment.revoke({ kind, id, by: "operator", reason: "test" });
      await expect(root(first, { mandate })).rejects.toMatchObject({ code: "revoked" });
      await gate.restart();
      await expect(root(first, { mandate })).rejects.toMatchObject({ code: "revoked" });
      const fresh = documentFor("first");
      const renewed = await openMandate(first, fresh, signed(fresh));
      await expect(root(first, { mandate: renewed })).resolves.toBeDefined();
    }
  });

  it("with a subject that no row can be named by, or text no leaf can hold, harm nobody", async () => {
    for (const subject of ["x".repeat(600), "a\u0000b", "a\ud800b", "x".repeat(1024)])
      await expect(openMandate(first, documentFor("first", { subject }))).rejects.toBeDefined();
    for (const purpose of ["a\u0000b", "a\ud800b"])
      await openMandate(first, documentFor("first", { purpose })).catch(() => undefined);
    await expect(root(first)).resolves.toBeDefined();
  });

  it("of one agent are bounded in number", async () => {
    const { mandates } = gate.instance();
    const open = () => mandates.open({ document: documentFor("third"), by: "agent" });
    const made = await Promise.allSettled(Array.from({ length: 4100 }, open));
    expect(made.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(4096);
    await expect(open()).rejects.toMatchObject({ code: "overloaded" });
    await expect(openMandate(second, documentFor("second"))).resolves.toBeDefined();
    const [oldest] = mandates.list().filter(({ document }) => document.agent === "third");
    await mandates.end(oldest?.id ?? "", "closed", { by: "owner" });
    await expect(open()).resolves.toBeDefined();
  });

  it("that have ended keep nothing of what was written into them", async () => {
    const mandate = await openMandate(first, documentFor("first", { purpose: "p".repeat(1000) }));
    await closeMandate(first, mandate);
    expect(gate.instance().mandates.mandate(mandate)).toMatchObject({
      state: "closed",
      document: { agent: "first", purpose: "", authority: {} },
    });
  });

  it("of a person keep their ref when the first try could not be recorded", async () => {
    const subject = `${person.issuer}#bo`;
    await expect(openMandate(first, documentFor("first", { subject, expires: 1 }))).rejects.toBeDefined();
    const mandate = await openMandate(first, documentFor("first", { subject }));
    expect(await gate.instance().state.get("subject-ref", subject)).toBe(
      gate.instance().mandates.mandate(mandate)?.subjectRef,
    );
  });
});

describe("what is taken away while a request is under way", () => {
  const suspend = (to: "suspended" | "active") =>
    gate.instance().registry.changeLifecycle({ id: "stranger", to, reason: "test" }, BY);

  it("is not given: suspended or revoked after the caller was recognised, before the token is on record", async () => {
    for (const what of ["agent", "instance"] as const) {
      const { sts, registry, containment } = gate.instance();
      const client = await gate.join("stranger");
      const instance = sts.attestation.instance("stranger", client.options.key.jkt);
      // It knows the nonce by then, so that it asks once.
      await root(client);
      // The check of the client assertion is where the request waits: there the operator acts.
      const { verify } = sts.assertions;
      Object.assign(sts.assertions, {
        verify: async (input: Parameters<typeof verify>[0]) => {
          const outcome = await verify(input);
          Object.assign(sts.assertions, { verify });
          if (what === "agent") void suspend("suspended");
          else
            void containment.revoke({
              kind: "instance",
              id: instance?.ref ?? "",
              by: "operator",
              reason: "test",
            });
          return outcome;
        },
      });
      const before = gate.instance().evidence.durable.size;
      await expect(root(client)).rejects.toBeDefined();
      Object.assign(sts.assertions, { verify });
      expect(gate.instance().evidence.durable.size).toBeGreaterThan(before);
      if (registry.agent("stranger")?.state === "suspended") await suspend("active");
    }
  });
});

describe("chains", () => {
  it("cannot be handed to oneself, nor by or to who is suspended", async () => {
    const circle = await gate.join("circle");
    await expect(root(circle, { resource: agentAt("circle") })).rejects.toMatchObject({
      code: "actor_unauthorized",
    });
    const handed = (await root(first, { resource: agentAt("second") })).accessToken;
    const { registry } = gate.instance();
    await registry.changeLifecycle({ id: "second", to: "suspended", reason: "test" }, BY);
    await expect(root(first, { resource: agentAt("second") })).rejects.toMatchObject({
      code: "actor_unauthorized",
    });
    await expect(rebind(second, handed)).rejects.toMatchObject({ code: "agent_inactive" });
    await registry.changeLifecycle({ id: "second", to: "active", reason: "test" }, BY);
    await expect(rebind(second, handed)).resolves.toBeDefined();
  });

  it("take a hand-off once over a restart too", async () => {
    const handed = (await root(first, { resource: agentAt("second") })).accessToken;
    await rebind(second, handed);
    await gate.restart();
    await expect(rebind(second, handed)).rejects.toMatchObject({ code: "replayed" });
  });

  it("take as actor token only a live, direct token of the caller, by the caller's key", async () => {
    const handed = (await root(first, { resource: agentAt("second") })).accessToken;
    const use = (client: TokenClient, actor: string) =>
      exchange(client, handed, { actor_token: actor, actor_token_type: ACCESS_TOKEN });
    const twin = await gate.join("second");
    const ofTwin = (await root(twin)).accessToken;
    await expect(use(second, ofTwin)).rejects.toMatchObject({ code: "invalid_grant" });
    await expect(use(second, (await root(first)).accessToken)).rejects.toMatchObject({
      code: "invalid_grant",
    });
    const document = documentFor("second", { subject: "second" });
    const posed = await root(second, { mandate: await openMandate(second, document) });
    await expect(use(second, posed.accessToken)).rejects.toMatchObject({ code: "invalid_grant" });
    const own = (await root(second)).accessToken;
    const name = createHash("sha256")
      .update(String(claimsOf(own)["jti"]))
      .digest("base64url");
    await gate.instance().containment.revoke({ kind: "token", id: name, by: "operator", reason: "test" });
    await expect(use(second, own)).rejects.toMatchObject({ code: "revoked" });
    await expect(use(second, (await root(second)).accessToken)).resolves.toBeDefined();
  });

  it("are not lengthened by one's own hand-off token, nor aimed at two places", async () => {
    const handed = (await root(first, { resource: agentAt("second") })).accessToken;
    await expect(rebind(first, handed)).rejects.toMatchObject({ code: "chain_invalid" });
    await expect(root(first, { audience: agentAt("second") })).rejects.toMatchObject({
      code: "invalid_target",
    });
    await expect(root(first, { resource: `${files()}/` })).rejects.toMatchObject({ code: "invalid_target" });
    await expect(root(first, { resource: agentAt("second/../third") })).rejects.toMatchObject({
      code: "actor_unauthorized",
    });
    await expect(acceptHandOff(stranger, handed).token(files())).rejects.toMatchObject({
      code: "chain_invalid",
    });
  });
});

describe("authority", () => {
  const detail = (more: JsonObject = {}): JsonObject => ({
    type: "mcp_tool",
    server: "files",
    tools: ["read"],
    data_class: "internal",
    ...more,
  });

  it("is not widened by what is left out, doubled or oddly written", async () => {
    const narrow = async () =>
      (
        await root(first, {
          scope: "files:read",
          authorization_details: JSON.stringify([
            detail({ caps: { calls: 1 }, constraints: { "/path": { prefix: "/a/" } } }),
          ]),
        })
      ).accessToken;
    const token = await narrow();
    const wide = [
      [detail()],
      [detail({ caps: { calls: 1 } })],
      [detail({ constraints: { "/path": { prefix: "/a/" } } })],
      [detail({ caps: { calls: 1 }, constraints: { "/path": { prefix: "/" } } })],
      [detail({ caps: { calls: 1 }, constraints: { "/path": { prefix: "/a/" } }, tools: ["read", "write"] })],
      [detail({ caps: { calls: 1 }, constraints: { "/path": { prefix: "/a/" } } }), detail()],
    ];
    for (const details of wide)
      await expect(
        exchange(first, token, { authorization_details: JSON.stringify(details) }),
      ).rejects.toMatchObject({
        code: "invalid_authorization_details",
      });
    for (const details of ["[]", "null", "{}", '[{"type":"mcp_tool"}]', `[${JSON.stringify(detail())},]`])
      await expect(exchange(first, token, { authorization_details: details })).rejects.toMatchObject({
        code: "invalid_authorization_details",
      });
    for (const scope of ["files:read  files:read", "files:read files:write", "files:read\tfiles:write", " "])
      await expect(exchange(first, token, { scope })).rejects.toBeDefined();
    expect(claimsOf((await exchange(first, token)).accessToken)["authorization_details"]).toEqual(
      claimsOf(token)["authorization_details"],
    );
  });

  it("of a mandate shrinks with the ceiling, for every token made from then on", async () => {
    const mandate = await openMandate(first, documentFor("first"));
    const before = (await root(first, { mandate })).accessToken;
    const less = { authorization_details: [detail()] };
    await gate.apply(
      registryWithPeople((agent) => (agent["id"] === "first" ? { ...agent, ceiling: less } : agent)),
    );
    for (const token of [await root(first, { mandate }), await exchange(first, before)]) {
      expect(token.scope).toBe("files:read");
      expect(JSON.stringify(claimsOf(token.accessToken)["authorization_details"])).not.toContain("write");
    }
    await gate.apply(registryWithPeople());
  });
});
