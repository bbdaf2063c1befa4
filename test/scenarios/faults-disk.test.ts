import type { TokenClient } from "@narrowgate/agent";
import { isNarrowgateError } from "@narrowgate/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startProgram } from "./harness/server-program.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

/** 2 MiB: more than a start needs, less than a few hundred tokens. */
const MAX_FILE_BLOCKS = 4096;
const MAX_TOKENS = 2000;

let gate: TestInstance;
let agent: TokenClient;
beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
  agent = await gate.join("first");
  await gate.stop();
}, 60_000);
afterAll(() => gate.close());

const token = () => agent.request({ grant_type: "client_credentials", resource: `${gate.issuer}/mcp/files` });

/** Asks for tokens until one is refused. */
async function askUntilRefused(): Promise<{ readonly given: number; readonly code: string }> {
  for (let given = 0; given < MAX_TOKENS; given += 1) {
    const failure = await token().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure !== undefined)
      return { given, code: isNarrowgateError(failure) ? failure.code : String(failure) };
  }
  return { given: MAX_TOKENS, code: "none" };
}

it("a full disk: tokens are refused with a stable code, the server ends as failed, and goes on when there is room", async () => {
  const program = startProgram(gate.configFile, { maxFileBlocks: MAX_FILE_BLOCKS });
  expect(await program.ready).toBe(true);
  const { given, code } = await askUntilRefused();
  expect(given).toBeGreaterThan(10);
  expect(code).toBe("evidence_unavailable");
  expect(await program.ended).toBe(1);
  expect(program.lines.at(-1)).toMatchObject({ event: "failed" });
  await gate.start();
  await expect(token()).resolves.toBeDefined();
  const { store, custody, evidence } = gate.instance();
  await evidence.flush();
  const report = await auditLog(store, new OpeningReader(store, custody.keyEncryption));
  expect(report.findings).toEqual([]);
  expect(report.leaves.token).toBeGreaterThan(given);
}, 120_000);
