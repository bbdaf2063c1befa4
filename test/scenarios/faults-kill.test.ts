import { createHash } from "node:crypto";
import { type AgentSession, callTool, openSession, type TokenClient } from "@narrowgate/agent";
import { parseLeafBytes } from "@narrowgate/contracts";
import { fromBase64url, fromUtf8 } from "@narrowgate/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AuditReport, auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { ALL_BUT_IRREVERSIBLE, everythingRegistry } from "./harness/everything-registry.ts";
import { startProgram } from "./harness/server-program.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const ROUNDS = 6;
const WORKERS = 3;

let gate: TestInstance;
let agent: TokenClient;
beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(everythingRegistry(), ALL_BUT_IRREVERSIBLE);
  await gate.pin("everything");
  agent = await gate.join("first");
  await gate.stop();
}, 60_000);
afterAll(() => gate.close());

const server = (): string => `${gate.issuer}/mcp/everything`;
const nameOf = (token: string): string => {
  const { jti } = JSON.parse(fromUtf8(fromBase64url(token.split(".")[1] ?? "")));
  return createHash("sha256").update(jti).digest("base64url");
};

/** What the clients were given in the course of all rounds. */
const tokens: string[] = [];
let answers = 0;

/** Asks for tokens and calls a tool until the server is gone; each answered call is counted. */
async function work(onDone: () => void): Promise<void> {
  for (;;) {
    const session: AgentSession = openSession(agent);
    try {
      tokens.push(nameOf(await session.token(server())));
      const { text } = await callTool(session, server(), "echo", { message: "hello" });
      expect(text).toContain("hello");
      answers += 1;
      onDone();
    } catch {
      return;
    }
  }
}

/** One life of the server: under load, with one call that does not end, killed after so many answers. */
async function liveAndDie(wanted: number): Promise<void> {
  const program = startProgram(gate.configFile);
  expect(await program.ready).toBe(true);
  const hanging = openSession(agent);
  await hanging.token(server());
  // Longer than the round. What the killed server leaves behind is the child, which ends with this call.
  const stuck = callTool(hanging, server(), "trigger-long-running-operation", { duration: 20, steps: 1 });
  stuck.catch(() => undefined);
  const enough = Promise.withResolvers<void>();
  let done = 0;
  const workers = Array.from({ length: WORKERS }, () =>
    work(() => {
      done += 1;
      if (done === wanted) enough.resolve();
    }),
  );
  await Promise.race([enough.promise, Promise.all(workers)]);
  await program.end("SIGKILL");
  await Promise.all(workers);
  expect(done).toBeGreaterThanOrEqual(wanted);
}

async function auditNow(): Promise<AuditReport> {
  const { store, custody, evidence } = gate.instance();
  await evidence.flush();
  return auditLog(store, new OpeningReader(store, custody.keyEncryption));
}

async function tokensOnRecord(): Promise<ReadonlySet<string>> {
  const { store } = gate.instance();
  const { size } = await store.tree();
  const leaves = (await store.entries(0, size)).map(({ leaf }) => parseLeafBytes(leaf));
  return new Set(leaves.flatMap((leaf) => (leaf.type === "token" ? [leaf.body.token] : [])));
}

it("a server killed in the midst of calls, again and again, loses nothing it answered and hides nothing it began", async () => {
  for (let round = 0; round < ROUNDS; round++) await liveAndDie(3 + round * 5);
  await gate.start();
  const report = await auditNow();
  expect(report.findings).toEqual([]);
  expect(report.openDispatches).toBe(0);
  const { dispatch = 0, outcome = 0, unknown = 0 } = report.leaves;
  // A read is answered once its outcome is queued: such an answer may be among the unknown ones.
  expect(dispatch).toBe(outcome + unknown);
  expect(dispatch).toBeGreaterThan(answers);
  // One call hangs in each round; the last of each worker may have been under way too.
  expect(unknown).toBeGreaterThan(0);
  expect(unknown).toBeLessThanOrEqual(ROUNDS * (2 * WORKERS + 1));
  expect(report.leaves.boot).toBe(ROUNDS + 2);
  const known = await tokensOnRecord();
  expect(tokens.length).toBeGreaterThan(ROUNDS);
  for (const token of tokens) expect(known.has(token)).toBe(true);
}, 120_000);
