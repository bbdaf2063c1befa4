import { createPrivateKey, hash, type KeyObject, sign } from "node:crypto";
import {
  type BundleEntry,
  bundleSeal,
  formatLeaf,
  formatProofBundle,
  inputsCommitment,
  type ProofBundle,
  parseLeaf,
  sealedCommitment,
  type TrustFile,
} from "@narrowgate/contracts";
import { type Sha256, toBase64url, utf8 } from "@narrowgate/kernel";
import {
  cosignatureMessage,
  encodeCosignature,
  formatCheckpoint,
  formatNote,
  type HashReader,
  inclusionProof,
  leafHash,
  nodeHash,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  treeRoot,
} from "@narrowgate/tlog";

/** SHA-256, as the log uses it. */
export const sha256: Sha256 = (data) => hash("sha256", data, "buffer");

/** Keys of a log and of its witness. */
export interface HeadKeys {
  readonly log: KeyObject;
  readonly witness: KeyObject;
}

/** A private key from PKCS#8 in base64url, as an instance keeps it. */
export function keyFromPkcs8(text: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(text, "base64url"), format: "der", type: "pkcs8" });
}

/** A bundle with a seal that fits. */
export function resealed({ seal: _, ...bundle }: ProofBundle): Uint8Array {
  return formatProofBundle({ ...bundle, seal: bundleSeal(sha256, bundle) });
}

function readerOf(leaves: readonly Uint8Array[]): HashReader {
  const known = new Map<string, Uint8Array>();
  const read: HashReader = async (level, index) => {
    if (level === 0) return leaves[index] ?? new Uint8Array(32);
    const key = `${level}/${index}`;
    const node =
      known.get(key) ??
      nodeHash(sha256, await read(level - 1, 2 * index), await read(level - 1, 2 * index + 1));
    known.set(key, node);
    return node;
  };
  return read;
}

const hashOf = ({ leaf }: BundleEntry): string => toBase64url(leafHash(sha256, formatLeaf(leaf)));

/** The leaf with commitments to what is opened now, and with the new hashes of the leaves before it. */
function relinked(
  { leaf, openings = {} }: BundleEntry,
  moved: ReadonlyMap<string, string>,
): BundleEntry["leaf"] {
  const link = <L extends { readonly prev: string | null }>(chain: L): L => ({
    ...chain,
    prev: moved.get(chain.prev ?? "") ?? chain.prev,
  });
  const { content, inputs, proof } = openings;
  const sealed = {
    ...leaf.sealed,
    ...(content === undefined ? {} : { content: sealedCommitment(sha256, "content", content) }),
    ...(inputs === undefined ? {} : { inputs: inputsCommitment(sha256, inputs) }),
    ...(proof === undefined ? {} : { proof: sealedCommitment(sha256, "proof", proof) }),
  };
  return parseLeaf({
    ...leaf,
    writer: link(leaf.writer),
    ...(leaf.txn === undefined ? {} : { txn: link(leaf.txn) }),
    ...(leaf.agent === undefined ? {} : { agent: link(leaf.agent) }),
    ...(Object.keys(sealed).length === 0 ? {} : { sealed }),
  });
}

/**
 * A bundle whose history is written anew: commitments, chains, tree, proofs, seal. Leaves that are not in the bundle
 * keep their places, with hashes of the forger's choice.
 * @param keys - sign the new head; without them the signatures of the old head stay
 * @param edit - what to write instead of an entry
 */
export async function rewritten(
  {
    bundle,
    trust,
    size,
  }: { readonly bundle: ProofBundle; readonly trust: TrustFile; readonly size?: number },
  keys: HeadKeys | undefined,
  edit: (entry: BundleEntry) => BundleEntry,
): Promise<ProofBundle> {
  const note = parseNote(bundle.checkpoint);
  const head = parseCheckpoint(note.text);
  const newSize = size ?? head.size;
  const moved = new Map<string, string>();
  const leaves = Array.from({ length: newSize }, (_, i) => sha256(utf8(`leaf ${i}`)));
  const entries = bundle.entries
    .filter(({ leaf }) => leaf.writer.seq < newSize)
    .map((entry) => {
      const edited = edit(entry);
      const made = { ...edited, leaf: relinked(edited, moved) };
      moved.set(hashOf(entry), hashOf(made));
      leaves[made.leaf.writer.seq] = leafHash(sha256, formatLeaf(made.leaf));
      return made;
    });
  const reader = readerOf(leaves);
  const proofs = await Promise.all(
    entries.map(({ leaf }) => inclusionProof(sha256, leaf.writer.seq, newSize, reader)),
  );
  const root = await treeRoot(sha256, newSize, reader);
  const text = formatCheckpoint({ ...head, size: newSize, root });
  const checkpoint = keys === undefined ? formatNote({ ...note, text }) : signedHead(text, trust, keys);
  return {
    ...bundle,
    checkpoint,
    entries: entries.map((entry, i) => ({ ...entry, inclusion: (proofs[i] ?? []).map(toBase64url) })),
  };
}

/** A head signed by log and witness under the names and key ids of the trust file. */
export function signedHead(text: string, trust: TrustFile, { log, witness }: HeadKeys): string {
  const own = parseVerifierKey(sha256, trust.logs[0]?.key ?? "");
  const seen = parseVerifierKey(sha256, trust.witnesses.keys[0] ?? "");
  const time = Math.floor(Date.now() / 1000);
  const cosigned = encodeCosignature({
    time,
    signature: sign(null, cosignatureMessage(time, text), witness),
  });
  return formatNote({
    text,
    signatures: [
      { name: own.name, keyId: own.keyId, signature: sign(null, utf8(text), log) },
      { name: seen.name, keyId: seen.keyId, signature: cosigned },
    ],
  });
}
