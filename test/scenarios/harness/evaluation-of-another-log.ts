import { type KeyObject, sign } from "node:crypto";
import {
  type BundleEntry,
  bundleSeal,
  evaluationDigest,
  PACK_NAMES,
  parseEvaluation,
  parseProofBundle,
  parseReleasePack,
  type TrustFile,
} from "@narrowgate/contracts";
import { fromUtf8, utf8 } from "@narrowgate/kernel";
import { formatNote, parseNote, parseVerifierKey } from "@narrowgate/tlog";
import { edit, type PackFiles } from "./pack-forgeries.ts";
import { rewritten, sha256 } from "./rewritten-log.ts";

function elsewhere(entry: BundleEntry, evaluation: unknown): BundleEntry {
  const { leaf, openings } = entry;
  if (leaf.id !== evaluation || leaf.type !== "assurance" || openings?.content === undefined) return entry;
  const document = parseEvaluation(openings.content["document"]);
  const moved = { ...document, log: { ...document.log, origin: "elsewhere.example/log/x" } };
  return {
    ...entry,
    leaf: { ...leaf, body: { ...leaf.body, digest: evaluationDigest(sha256, moved) } },
    openings: { ...openings, content: { ...openings.content, document: moved } },
  };
}

/** What the keeper of a log can do: the reported evaluation says that it speaks of another log, and the head is signed anew. */
export async function evaluationOfAnotherLog(
  files: PackFiles,
  trust: TrustFile,
  log: KeyObject,
): Promise<void> {
  const read = (name: string) => JSON.parse(fromUtf8(files.get(name) ?? new Uint8Array()));
  const { evaluation } = read(PACK_NAMES.pack);
  const { proof } = parseReleasePack(read(PACK_NAMES.release));
  const bundle = { ...parseProofBundle(proof), earlier: [] };
  const forged = await rewritten({ bundle, trust }, undefined, (entry) => elsewhere(entry, evaluation));
  const { text } = parseNote(forged.checkpoint);
  const { name, keyId } = parseVerifierKey(sha256, trust.logs[0]?.key ?? "");
  const checkpoint = formatNote({
    text,
    signatures: [{ name, keyId, signature: sign(null, utf8(text), log) }],
  });
  const { seal: _, ...unsealed } = { ...forged, checkpoint };
  const sealed = { ...unsealed, seal: bundleSeal(sha256, unsealed) };
  edit(files, PACK_NAMES.release, (release) => ({ ...release, proof: JSON.parse(JSON.stringify(sealed)) }));
}
