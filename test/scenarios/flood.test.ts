import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { generateAgentKey, openSession, signProof, type TokenClient } from "@narrowgate/agent";
import { manualClock } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const FLOOD = 600;

let gate: TestInstance;
let agent: TokenClient;

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
  agent = await gate.join("first");
}, 60_000);

afterAll(() => gate.close());

/** Sends requests in turns, and gives every answer. */
async function flood(
  send: () => Promise<Response>,
): Promise<{ status: number; body: string; retry: string | null }[]> {
  const answers: { status: number; body: string; retry: string | null }[] = [];
  while (answers.length < FLOOD) {
    const some = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await send();
        return { status: answer.status, body: await answer.text(), retry: answer.headers.get("retry-after") };
      }),
    );
    answers.push(...some);
  }
  return answers;
}

async function leaves(): Promise<number> {
  const { evidence } = gate.instance();
  await evidence.flush();
  return evidence.durable.size;
}

describe("a flood of strangers", () => {
  it("is turned away at the token endpoint in the words of OAuth, leaves nothing behind, and keeps no agent out", async () => {
    const before = await leaves();
    const key = await generateAgentKey();
    const url = `${gate.issuer}/token`;
    const proof = await signProof(
      key,
      { method: "POST", url, nonce: gate.instance().sts.proofs.nonce() },
      Date.now(),
    );
    const answers = await flood(() =>
      fetch(url, {
        method: "POST",
        headers: { ...FORM, dpop: proof },
        body: "grant_type=client_credentials",
      }),
    );
    const away = answers.filter(({ status }) => status === 429);
    expect(away.length).toBeGreaterThan(FLOOD / 4);
    for (const { body, retry } of away) {
      expect(JSON.parse(body)).toMatchObject({ error: "temporarily_unavailable", code: "too_many_requests" });
      expect(Number(retry)).toBeGreaterThan(0);
    }
    expect(await leaves()).toBe(before);
    const resource = `${gate.issuer}/mcp/files`;
    expect(await agent.request({ grant_type: "client_credentials", resource })).toBeDefined();
  });

  it("is turned away at the gate, and keeps no agent out", async () => {
    const url = `${gate.issuer}/mcp/files`;
    const answers = await flood(() => fetch(url, { method: "POST", body: "{}" }));
    const away = answers.filter(({ status }) => status === 429);
    expect(away.length).toBeGreaterThan(FLOOD / 4);
    expect(
      away.every(({ body, retry }) => JSON.parse(body).error.code === "too_many_requests" && retry !== null),
    ).toBe(true);
    const answer = await openSession(agent).fetchFor(url)(url, { method: "POST", body: "{}" });
    expect([answer.status, answer.headers.get("www-authenticate")]).not.toContain(429);
  });
});

describe("what is too large", () => {
  it("is refused at every address of the token service in the words of OAuth, and ends the connection", async () => {
    for (const path of ["/token", "/introspect", "/revoke"]) {
      const answer = await fetch(`${gate.issuer}${path}`, {
        method: "POST",
        headers: FORM,
        body: "a=".padEnd(70_000, "b"),
      });
      expect([path, answer.status, answer.headers.get("cache-control")]).toEqual([path, 413, "no-store"]);
      expect(await answer.json()).toMatchObject({ error: "invalid_request", code: "request_too_large" });
    }
  });
});

describe("an agent that is refused again and again", () => {
  it("leaves a bounded number of leaves, and one that counts the rest", async () => {
    const quiet = await startInstance({ clock: manualClock(Date.now()) });
    try {
      await quiet.apply(chainRegistry(), TOKENS_FOR_ALL);
      const client = await quiet.join("first");
      const form = { grant_type: "client_credentials", resource: `${quiet.issuer}/mcp/nowhere` };
      const decisions = async () => {
        const { store, evidence } = quiet.instance();
        await evidence.flush();
        const { findings, leaves: found } = await auditLog(store);
        expect(findings).toEqual([]);
        return found.decision ?? 0;
      };
      for (let n = 0; n < 60; n++)
        await expect(client.request(form)).rejects.toMatchObject({ code: "invalid_target" });
      expect(await decisions()).toBe(30);
      await quiet.restart();
      expect(await decisions()).toBe(31);
    } finally {
      await quiet.close();
    }
  });
});

describe("an operator's request that is refused", () => {
  it("leaves a leaf each, up to a bound, and one that counts the rest", async () => {
    const quiet = await startInstance({ clock: manualClock(Date.now()) });
    try {
      await quiet.apply(chainRegistry(), TOKENS_FOR_ALL);
      const socketPath = join(quiet.config.dataDirectory, "admin.sock");
      const ask = async (headers: Record<string, string>) => {
        const sent = request({
          socketPath,
          method: "DELETE",
          path: `/operators/${"A".repeat(22)}`,
          headers,
        });
        const [answer]: IncomingMessage[] = await once(sent.end(), "response");
        answer?.resume();
        return answer?.statusCode;
      };
      const decisions = async () => {
        const { store, evidence } = quiet.instance();
        await evidence.flush();
        const { findings, leaves: found } = await auditLog(store);
        expect(findings).toEqual([]);
        return found.decision ?? 0;
      };
      expect(await ask({ "narrowgate-operator": "e30.e30.AA" })).toBe(401);
      expect(await ask({})).toBe(401);
      expect(await decisions()).toBe(2);
      for (let n = 0; n < 40; n++) await ask({});
      expect(await decisions()).toBe(30);
      await quiet.restart();
      expect(await decisions()).toBe(31);
    } finally {
      await quiet.close();
    }
  });
});
