import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AgentSession, callTool } from "@narrowgate/agent";
import {
  drawsCanary,
  type ProofBundle,
  packProof,
  parseProofBundle,
  parseReleasePack,
  type TrustFile,
} from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { startModernServer } from "../../../packages/server/test/gateway/http-servers.ts";
import {
  openTask,
  POLICIES,
  type ReleaseInstance,
  recordDrill,
  startReleaseInstance,
  writeTrust,
} from "./release-instances.ts";
import { keyFromPkcs8, sha256 } from "./rewritten-log.ts";
import { type SoftwareSigners, signInSoftware } from "./software-signers.ts";

/** What a release in production left behind: the proof of it, and of one transaction under it. */
export interface ReleaseStory {
  readonly release: ProofBundle;
  readonly txn: ProofBundle;
  /** Of a transaction under a canary. */
  readonly canary: ProofBundle;
  readonly trust: TrustFile;
  /** The key of the log, which the worst operator has. */
  readonly logKey: ReturnType<typeof keyFromPkcs8>;
}

const read = (bytes: Uint8Array): ProofBundle =>
  parseProofBundle(parseStrictJson(bytes.subarray(0, -1), { maxBytes: bytes.length, maxKeys: 1_000_000 }));

/** Policies of the second release: one more, which refuses nothing that is done here. */
const SECOND = `${POLICIES} @id("deep") forbid (principal, action, resource) when { context.depth > 5 };`;

/** What a responder forbids for a while. */
const NO_STEPS =
  '@id("no-steps") forbid (principal, action == Action::"call_tool", resource == Tool::"data/steps");';

/** Has what stands at one instance tested, promoted at the other and signed by four people. @returns id of the release */
async function promoted(
  [dev, prod]: readonly [ReleaseInstance, ReleaseInstance],
  signers: SoftwareSigners,
  canary?: number,
): Promise<string> {
  const { first } = prod.operators;
  await callTool((await openTask(dev)).session, dev.resource, "query", {});
  await recordDrill(dev);
  const declared = { model: "none" };
  const tested = await dev.operators.first.send("POST", "/agents/reader/tested", { declared });
  const proposed = await first.send("POST", "/releases", { agent: "reader", tested });
  const id = textAt(proposed, "id");
  await signInSoftware(prod, textAt(proposed, "url"), signers);
  await first.send("POST", `/releases/${id}/promote`, canary === undefined ? undefined : { canary });
  return id;
}

/** A task that the canary has at half of the mandates, and would not have at one in a hundred. */
async function drawnTask(prod: ReleaseInstance, deployment: string): ReturnType<typeof openTask> {
  for (;;) {
    const task = await openTask(prod);
    const drawn = (share: number): boolean => drawsCanary(sha256, deployment, task.mandate, share);
    if (drawn(50) && !drawn(1)) return task;
  }
}

/** A call; one that is refused because its token is of another release than the one in force by now is made again. */
async function call(session: AgentSession, { resource }: ReleaseInstance): Promise<void> {
  await callTool(session, resource, "query", {}).catch(() => callTool(session, resource, "query", {}));
}

/**
 * Tests a release at one instance, has four people sign it at another, and runs a task under it: a call under its policies,
 * another one while newer ones are published already, and three under a second release that has them, once it was a canary
 * of which another task is: the middle one while
 * one tool is forbidden over all releases, after a refused call of that tool.
 */
export async function recordReleaseStory(): Promise<ReleaseStory> {
  const upstream = await startModernServer();
  const dev = await startReleaseInstance("dev", upstream.url);
  const prod = await startReleaseInstance("prod", upstream.url, { tested_by: await writeTrust(dev) });
  try {
    const { first } = prod.operators;
    const signers: SoftwareSigners = new Map();
    const id = await promoted([dev, prod], signers);
    const { session, mandate, txn } = await openTask(prod);
    await call(session, prod);
    const pack = parseReleasePack(await first.send("GET", `/releases/${id}/pack`));
    await dev.register({ policies: SECOND });
    await prod.register({ policies: SECOND });
    await call(session, prod);
    const second = await promoted([dev, prod], signers, 50);
    const { deployment } = await first.read(`/releases/${second}`);
    const drawn = await drawnTask(prod, String(deployment));
    await call(drawn.session, prod);
    await first.send("POST", `/mandates/${drawn.mandate}/close`, {});
    await first.send("POST", `/releases/${second}/promote`);
    await call(session, prod);
    const overlay = { text: NO_STEPS, reason: "it counts wrong", for_s: 3600 };
    const { id: put } = await first.send("POST", "/overlays", overlay);
    await callTool(session, prod.resource, "steps", {}).catch(() => undefined);
    await call(session, prod);
    await first.send("POST", `/overlays/${put}/lift`, { reason: "it was mended" });
    await call(session, prod);
    await first.send("POST", `/mandates/${mandate}/close`, {});
    const file = await readFile(join(prod.gate.config.dataDirectory, "keys", "keys.json"), "utf8");
    return {
      release: read(packProof(pack)),
      txn: read(await first.bytes(`/transactions/${txn}/bundle`)),
      canary: read(await first.bytes(`/transactions/${drawn.txn}/bundle`)),
      trust: await prod.trust(),
      logKey: keyFromPkcs8(JSON.parse(file).log.pkcs8),
    };
  } finally {
    await dev.gate.close();
    await prod.gate.close();
    await upstream.close();
  }
}
