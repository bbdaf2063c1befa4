import { callTool, nonceForSubject, openMandate, openSession, type TokenClient } from "@narrowgate/agent";
import type { MandateDocument } from "@narrowgate/contracts";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeKey, signJws } from "../../packages/server/test/gateway/agent-key.ts";
import { everythingRegistry, PERMIT_ALL } from "./harness/everything-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";
import { failedRules, verifiedExport } from "./harness/verified-export.ts";

const PEOPLE = "https://people.example.com";
const KEY = makeKey();
/** Policies can read the groups too: nobody of `trainees` uses `get-sum`. */
const POLICIES = `${PERMIT_ALL}
@id("no-sums-for-trainees") @reason("trainees do no sums")
forbid (principal, action == Action::"call_tool", resource == Tool::"everything/get-sum")
when { context.entitlements.groups.contains("trainees") };
`;

let gate: TestInstance;
let agent: TokenClient;
const address = (): string => `${gate.issuer}/mcp/everything`;

function allowed(tools: readonly string[]): JsonObject {
  return {
    authorization_details: [{ type: "mcp_tool", server: "everything", tools, data_class: "internal" }],
  };
}

function registry(entitlements?: readonly JsonObject[]): JsonObject {
  const issuer = {
    issuer: PEOPLE,
    uses: ["subject"],
    audiences: ["desk"],
    jwks: { keys: [{ ...KEY.jwk, kid: "k", alg: "ES256", use: "sig" }] },
    groups_claim: "realm_access/roles",
  };
  return {
    ...everythingRegistry(),
    issuers: [issuer],
    ...(entitlements === undefined ? {} : { entitlements }),
  };
}

const STAFF = { group: "staff", issuer: PEOPLE, authority: allowed(["echo", "get-sum"]) };

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(registry());
  await gate.pin("everything");
  await gate.apply(registry([STAFF]), POLICIES);
  agent = await gate.join("first");
}, 60_000);

afterAll(() => gate.close());

function documentOf(tools: readonly string[]): MandateDocument {
  return {
    v: 1,
    salt: randomId(),
    agent: "first",
    subject: `${PEOPLE}#ada`,
    purpose: "test of entitlements",
    authority: { ...allowed(tools), scope: ["everything:read"], resource: [address()] },
    expires: Math.floor(Date.now() / 1000) + 600,
    idleSeconds: 300,
  };
}

function openFor(groups: unknown, tools: readonly string[]): Promise<string> {
  const document = documentOf(tools);
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: PEOPLE,
    sub: "ada",
    aud: "desk",
    iat,
    exp: iat + 300,
    nonce: nonceForSubject(document),
  };
  const roles = groups === undefined ? {} : { realm_access: { roles: groups } };
  const assertion = signJws(KEY.privateKey, { alg: "ES256", kid: "k", typ: "JWT" }, {
    ...claims,
    ...roles,
  } as JsonObject);
  return openMandate(agent, document, assertion);
}

function txnOf(token: string): string {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")).txn;
}

describe("an agent never exceeds the person it serves", () => {
  it("works with what her groups entitle her to, and policy reads them", async () => {
    const session = openSession(agent, await openFor(["trainees", "staff"], ["echo", "get-sum"]));
    await callTool(session, address(), "echo", { message: "hello" });
    await expect(callTool(session, address(), "get-sum", { a: 1, b: 2 })).rejects.toMatchObject({
      code: "policy_denied",
      publicMessage: expect.stringContaining("trainees do no sums"),
    });
    const txn = txnOf(await session.token(address()));
    expect(failedRules(await verifiedExport(gate, txn))).toEqual([]);
  });

  it("is given no mandate for more, nor for one without groups, nor for groups that cannot be read", async () => {
    const asked: [unknown, string[], string][] = [
      [["staff"], ["get-annotated-message"], "not_entitled"],
      [["visitors"], ["echo"], "not_entitled"],
      [undefined, ["echo"], "not_entitled"],
      [[["staff"]], ["echo"], "invalid_grant"],
      [Array.from({ length: 257 }, (_, i) => `g${i}`), ["echo"], "invalid_grant"],
    ];
    for (const [groups, tools, code] of asked)
      await expect(openFor(groups, tools)).rejects.toMatchObject({ code });
  });

  it("is held to a mapping that changes: calls and new tokens under an open mandate, and after a restart", async () => {
    const mandate = await openFor("staff", ["echo"]);
    const session = openSession(agent, mandate);
    const call = () => callTool(session, address(), "echo", { message: "hello" });
    await call();
    await gate.apply(registry([{ ...STAFF, group: "managers" }]));
    await expect(call()).rejects.toMatchObject({ code: "not_entitled" });
    await gate.restart();
    await expect(openSession(agent, mandate).token(address())).rejects.toMatchObject({
      code: "not_entitled",
    });
    // A file that says nothing of entitlements leaves them as they are.
    await gate.apply({ ...registry(), settings: { token_life_seconds: 60 } });
    await expect(call()).rejects.toMatchObject({ code: "not_entitled" });
    await gate.apply(registry([STAFF]));
    await call();
  });
});
