import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BundleEntry, ProofBundle, TrustFile } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { cosignatureType, formatVerifierKey, makeVerifierKey } from "@narrowgate/tlog";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { resealed, rewritten, sha256 } from "./rewritten-log.ts";
import { childEnvironment, runChild } from "./run-child.ts";

const CHECKER = fileURLToPath(new URL("../../independent/check_bundle.py", import.meta.url));
const PYTHON = process.env["NARROWGATE_PYTHON"] ?? "python3";
const witness = generateKeyPairSync("ed25519");
const engine = createNodeEngine();

/** What both verifiers say. */
export interface Verdicts {
  readonly report: Report;
  /** What the independent checker says. */
  readonly independent: string;
}

/** A bundle with what a forger has who wrote it. */
export interface Forged {
  readonly whole: ProofBundle;
  readonly trust: TrustFile;
  readonly logKey: KeyObject;
  /** Scratch folder of the test. */
  readonly folder: string;
}

/** Verifies a bundle as written anew by whoever holds the keys of the log and of the only witness. */
export async function verdictOnForgery(
  { whole, trust: believed, logKey, folder }: Forged,
  edit: (entry: BundleEntry) => BundleEntry | undefined,
): Promise<Verdicts> {
  const { x = "" } = witness.publicKey.export({ format: "jwk" });
  const publicKey = Buffer.from(x, "base64url");
  const key = makeVerifierKey(sha256, { name: "witness.example", type: cosignatureType, publicKey });
  const trust = { ...believed, witnesses: { keys: [formatVerifierKey(key)], threshold: 1 } };
  const kept = whole.entries.filter((entry) => edit(entry) !== undefined);
  const bundle = { ...whole, entries: kept };
  const keys = { log: logKey, witness: witness.privateKey };
  const forged = await rewritten({ bundle, trust }, keys, (entry) => edit(entry) ?? entry);
  const bytes = resealed(forged);
  const places = [join(folder, "proof.json"), join(folder, "trust.json")] as const;
  await writeFile(places[0], bytes);
  await writeFile(places[1], JSON.stringify(trust));
  const command = [PYTHON, CHECKER, places[0], "--trust", places[1]];
  const { stdout } = await runChild(command, { env: childEnvironment(folder) });
  const report = await verifyBundle(bytes, { trust, crypto: nodeCrypto(), engine });
  return { report, independent: stdout };
}
