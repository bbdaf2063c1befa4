import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { callTool } from "@narrowgate/agent";
import {
  type ProofBundle,
  packProof,
  parseProofBundle,
  parseReleasePack,
  type TrustFile,
} from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import { startModernServer } from "../../../packages/server/test/gateway/http-servers.ts";
import { openTask, recordDrill, startReleaseInstance, writeTrust } from "./release-instances.ts";
import { keyFromPkcs8 } from "./rewritten-log.ts";
import { signInSoftware } from "./software-signers.ts";

/** What a release in production left behind: the proof of it, and of one transaction under it. */
export interface ReleaseStory {
  readonly release: ProofBundle;
  readonly txn: ProofBundle;
  readonly trust: TrustFile;
  /** The key of the log, which the worst operator has. */
  readonly logKey: ReturnType<typeof keyFromPkcs8>;
}

const read = (bytes: Uint8Array): ProofBundle =>
  parseProofBundle(parseStrictJson(bytes.subarray(0, -1), { maxBytes: bytes.length, maxKeys: 1_000_000 }));

/** Tests a release at one instance, has four people sign it at another, and runs one task under it. */
export async function recordReleaseStory(): Promise<ReleaseStory> {
  const upstream = await startModernServer();
  const dev = await startReleaseInstance("dev", upstream.url);
  const prod = await startReleaseInstance("prod", upstream.url, { tested_by: await writeTrust(dev) });
  try {
    const { first } = prod.operators;
    await callTool((await openTask(dev)).session, dev.resource, "query", {});
    await recordDrill(dev);
    const declared = { model: "none" };
    const tested = await dev.operators.first.send("POST", "/agents/reader/tested", { declared });
    const proposed = await first.send("POST", "/releases", { agent: "reader", tested });
    const id = textAt(proposed, "id");
    await signInSoftware(prod, textAt(proposed, "url"));
    await first.send("POST", `/releases/${id}/promote`);
    const { session, mandate, txn } = await openTask(prod);
    await callTool(session, prod.resource, "query", {});
    await first.send("POST", `/mandates/${mandate}/close`, {});
    const pack = parseReleasePack(await first.send("GET", `/releases/${id}/pack`));
    const file = await readFile(join(prod.gate.config.dataDirectory, "keys", "keys.json"), "utf8");
    return {
      release: read(packProof(pack)),
      txn: read(await first.bytes(`/transactions/${txn}/bundle`)),
      trust: await prod.trust(),
      logKey: keyFromPkcs8(JSON.parse(file).log.pkcs8),
    };
  } finally {
    await dev.gate.close();
    await prod.gate.close();
    await upstream.close();
  }
}
