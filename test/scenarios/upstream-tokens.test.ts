import { type AgentSession, acceptHandOff, callTool, openSession } from "@narrowgate/agent";
import { createNodeEngine } from "@narrowgate/policy/node";
import { formatVerifierKey } from "@narrowgate/tlog";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logVerifierKey } from "../../packages/server/src/evidence/checkpoints.ts";
import { exportTransaction } from "../../packages/server/src/evidence/export/export-transaction.ts";
import {
  type GuardingServer,
  startGuardingServer,
} from "../../packages/server/test/gateway/guarding-server.ts";
import { guardingRegistry } from "./harness/guarding-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const ALL = '@id("all") @reason("all") permit (principal, action, resource);';

let gate: TestInstance;
let upstream: GuardingServer;
let first: AgentSession;
let second: AgentSession;
const address = (): string => `${gate.issuer}/mcp/guarding`;

beforeAll(async () => {
  gate = await startInstance();
  upstream = await startGuardingServer(gate.issuer);
  await gate.apply(guardingRegistry(upstream), ALL);
  await gate.pin("guarding");
  const [one, two] = [await gate.join("first"), await gate.join("second")];
  first = openSession(one);
  second = acceptHandOff(two, await first.delegate("second"));
}, 60_000);

afterAll(async () => {
  await gate.close();
  await upstream.close();
});

async function verified(txn: string): Promise<Report> {
  const { evidence, custody } = gate.instance();
  const { origin } = evidence.identity;
  const bytes = await exportTransaction(evidence, txn, {
    auditor: "A".repeat(22),
    request: "signed.by.test",
  });
  const engine = createNodeEngine();
  const key = formatVerifierKey(logVerifierKey(origin, custody.log));
  const trust = {
    format: "narrowgate-trust/1",
    logs: [{ origin, key, size: 0, root: Buffer.alloc(32).toString("base64url") }],
    witnesses: { keys: [], threshold: 0 },
    issuers: [],
    procedures: [engine.procedureDigest],
  } as const;
  return verifyBundle(bytes, { trust, crypto: nodeCrypto(), engine });
}

describe("an upstream that trusts our issuer", () => {
  it("gets the gate's own token for each call: itself outermost, the agent inside, one call wide, one minute long", async () => {
    const args = { text: "hello", n: 3, list: [1] };
    const { text } = await callTool(second, address(), "whoami", args);
    expect(text).toBe("let in");
    const { claims } = upstream.accepted.findLast(({ method }) => method === "tools/call") ?? {};
    const actor = (sub: string) => ({ iss: gate.issuer, sub, sub_profile: "ai_agent" });
    expect(claims).toMatchObject({
      iss: gate.issuer,
      aud: upstream.url,
      sub: "first",
      client_id: `${gate.issuer}/gate`,
      scope: "guarding:read",
      act: { iss: gate.issuer, sub: `${gate.issuer}/gate`, sub_profile: "service", act: actor("second") },
    });
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(60);
    expect(claims.authorization_details).toEqual([
      {
        type: "mcp_tool",
        server: "guarding",
        tools: ["whoami"],
        constraints: { "/n": { one_of: [3] }, "/text": { one_of: ["hello"] } },
        data_class: "internal",
        caps: { calls: 1 },
        depth: expect.any(Number),
      },
    ]);
  });

  it("never sees the agent's token, and turned nothing of the gate away", () => {
    expect(upstream.refused).toEqual([]);
    expect(upstream.accepted.every(({ claims }) => claims.client_id === `${gate.issuer}/gate`)).toBe(true);
    const own = upstream.accepted.filter(({ method }) => method !== "tools/call");
    expect(own.length).toBeGreaterThan(0);
    // Definitions are the gate's own errand: nobody's authority is in its token.
    for (const { claims } of own) expect(claims).not.toHaveProperty("authorization_details");
  });

  it("leaves a proof in which every hop is checked, and arguments that the agent's key signed", async () => {
    await callTool(first, address(), "whoami", { text: "again" });
    const called = upstream.accepted.filter(({ method }) => method === "tools/call");
    for (const { claims } of called) {
      const { failures, story, decisions } = await verified(claims.txn);
      // The registry of this harness is changed without an operator's signature.
      expect(failures.filter(({ rule }) => rule !== "E-27")).toEqual([]);
      expect(decisions.recomputed).toBeGreaterThan(0);
      const told = story.map(({ text }) => text).join("\n");
      expect(told).toContain("arguments signed by the agent's key");
      expect(told).toContain(`token (rebind) for ${upstream.url}`);
      expect(told).not.toContain("as claimed by the gate");
    }
  });

  it("holds tokens that open none of our doors", async () => {
    for (const { text } of upstream.accepted) {
      const response = await fetch(address(), {
        method: "POST",
        headers: { Authorization: `DPoP ${text}`, "Content-Type": "application/json", Accept: "*/*" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
      });
      expect((await response.json()).error.data.code).toBe("invalid_token");
    }
  });

  it("is not reached with authority that may not be handed on", async () => {
    const detail = {
      type: "mcp_tool",
      server: "guarding",
      tools: ["whoami"],
      data_class: "internal",
      depth: 0,
    };
    const less = first.narrow({ details: [detail] });
    const before = upstream.accepted.length;
    await expect(callTool(less, address(), "whoami", {})).rejects.toMatchObject({ code: "chain_too_deep" });
    expect(upstream.accepted.slice(before).filter(({ method }) => method === "tools/call")).toEqual([]);
  });
});

describe("an upstream that wants its nonce in proofs", () => {
  it("is asked once more with it, and from then on with it at once", async () => {
    const ask = () => callTool(first, address(), "whoami", { text: "with a nonce" });
    upstream.refused.length = 0;
    for (const nonce of ["one", "two"]) {
      upstream.wantNonce(nonce);
      expect(await ask()).toMatchObject({ text: "let in" });
      expect(await ask()).toMatchObject({ text: "let in" });
    }
    expect(new Set(upstream.refused)).toEqual(new Set(["nonce"]));
  });
});
