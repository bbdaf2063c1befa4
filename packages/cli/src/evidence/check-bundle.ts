import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseReleasePackBytes, parseTrustFileBytes, type TrustFile } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import {
  type EvidencePackReport,
  type PackReport,
  type Report,
  type VerifyOptions,
  verifyBundle,
  verifyEvidencePack,
  verifyPack,
} from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import type { Call, OptionSpec } from "../command.ts";
import { reportMaker } from "../evidence-pack/report-forms.ts";
import { cleanText } from "../terminal/clean-text.ts";

/** Option by which a reader says whom they trust. */
export const TRUST_OPTION: OptionSpec = {
  name: "trust",
  value: "FILE",
  help: "trust file: whose log, witnesses and issuers count (see `log trust`)",
};

/** The trust file of `--trust`; undefined without one. @throws `malformed_json`, `malformed_input` */
export async function readTrust(call: Call): Promise<TrustFile | undefined> {
  const file = call.text("trust");
  if (file === undefined) return undefined;
  return parseTrustFileBytes(await readFile(resolve(call.directory, file)), `--trust ${cleanText(file)}`);
}

async function optionsOf(call: Call): Promise<VerifyOptions> {
  const trust = await readTrust(call);
  const options = { crypto: nodeCrypto(), engine: createNodeEngine() };
  return trust === undefined ? options : { ...options, trust };
}

/**
 * Verifies a proof bundle with the reader's own trust file; without network and without the server.
 * Trust: `bytes` may come from anybody.
 */
export async function checkBundle(call: Call, bytes: Uint8Array): Promise<Report> {
  return verifyBundle(bytes, await optionsOf(call));
}

/** {@link checkBundle} for a pack of a release. Trust: `bytes` may come from anybody. @throws `malformed_json`, `malformed_input` */
export async function checkPack(call: Call, bytes: Uint8Array): Promise<PackReport> {
  return verifyPack(parseReleasePackBytes(bytes), await optionsOf(call));
}

/** How often progress is told. */
const TELL_MS = 1000;

/**
 * {@link checkBundle} for an evidence pack, of which one file at a time is read.
 * Trust: `source` may come from anybody.
 */
export async function checkEvidencePack(
  call: Call,
  source: AsyncIterable<Uint8Array>,
): Promise<EvidencePackReport> {
  let told = 0;
  const onVerified = (done: number, of: number): void => {
    const now = performance.now();
    if (now - told < TELL_MS) return;
    told = now;
    call.terminal.progress(`verifying: ${done} of ${of} transactions`);
  };
  const options = { ...(await optionsOf(call)), reports: reportMaker(), onVerified };
  try {
    return await verifyEvidencePack(source, options);
  } finally {
    call.terminal.endProgress();
  }
}

/** Option by which a reader says that they know the transaction still runs. */
export const OPEN_OPTION: OptionSpec = {
  name: "open",
  help: "the transaction may still run: exit code 0 when all that is there holds",
};

const exitOpen = 3;

/** The exit code of a verdict. @see docs/spec/evidence.md E-25 */
export function exitOf(call: Call, { verdict }: Pick<Report, "verdict">): number {
  if (verdict === "open") return call.flag("open") ? 0 : exitOpen;
  return verdict === "failed" ? 1 : 0;
}
