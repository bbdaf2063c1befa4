import type { HeadFacts } from "@narrowgate/assurance";
import { fromBase64url, isNarrowgateError } from "@narrowgate/kernel";
import {
  type Checkpoint,
  consistencyProof,
  type HashReader,
  inclusionProof,
  leafHash,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
} from "@narrowgate/tlog";
import { logVerifierKey } from "../evidence/checkpoints.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { durableHashes } from "../evidence/tree-edge.ts";
import { verifyEd25519 } from "../evidence/verify-ed25519.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { drawnIndexes } from "./drawn-indexes.ts";

/** Leaves whose inclusion is proven at one evaluation; which ones, the head decides. */
const PROVEN_LEAVES = 64;

/** A head that is evaluated under: size and root as base64url. */
export type JudgedHead = { readonly size: number; readonly root: string };

/** More than half of those that are asked must hold the head; of none, none can. */
export function witnessThreshold(asked: number): number {
  return asked === 0 ? 0 : Math.floor(asked / 2) + 1;
}

/**
 * Proves the newest cosigned and published heads and the judged one to be of one history, and leaves to be under it.
 * Trust: the proofs are made and checked here; what gives them weight is that witnesses hold the heads.
 */
export async function headFacts(
  evidence: Evidence,
  witnessKeys: readonly string[],
  head: JudgedHead,
): Promise<HeadFacts> {
  const threshold = witnessThreshold(witnessKeys.length);
  const { published, witnessed } = evidence.publisher;
  const notes = [witnessed?.note, published?.note].filter((note) => note !== undefined);
  const others = notes.flatMap((note) => readHead(note) ?? []);
  const faults = await Promise.all(others.map((other) => inconsistency(evidence, other, head)));
  const leaves = await provenLeaves(evidence, head);
  const held = witnessed === undefined ? [] : await heldBy(evidence, witnessKeys, witnessed.note);
  return {
    checked: others.length,
    inconsistent: faults.filter((fault) => fault !== undefined),
    included: leaves.included,
    missing: leaves.missing,
    witnesses: held.length,
    threshold,
    ...cosignedAt(held, threshold),
  };
}

/** The instant from which as many as must have held it. */
function cosignedAt(times: readonly number[], threshold: number): Pick<HeadFacts, "cosignedAt"> {
  const at = [...times].sort((a, b) => b - a)[Math.max(0, threshold - 1)];
  return at === undefined ? {} : { cosignedAt: at * 1000 };
}

/** Times, in seconds, at which witnesses that are asked cosigned a note; none where the note does not verify. */
async function heldBy(
  { identity, custody }: Evidence,
  witnessKeys: readonly string[],
  note: string,
): Promise<readonly number[]> {
  const key = logVerifierKey(identity.origin, custody.log);
  const witnesses = witnessKeys.map((text) => parseVerifierKey(nodeSha256, text));
  const outcome = await verifyCheckpoint(note, key, { witnesses, threshold: 0 }, verifyEd25519);
  return outcome.kind === "verified" ? outcome.witnesses.map(({ time }) => time) : [];
}

function readHead(note: string): Checkpoint | undefined {
  try {
    return parseCheckpoint(parseNote(note).text);
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

async function inconsistency(
  evidence: Evidence,
  other: Checkpoint,
  head: JudgedHead,
): Promise<string | undefined> {
  const judged = { size: head.size, root: fromBase64url(head.root) };
  const [older, newer] = other.size <= judged.size ? [other, judged] : [judged, other];
  if (older.size === 0) return undefined;
  const hashes = hashesAt(evidence, newer.size);
  const outcome = verifyConsistency(nodeSha256, {
    oldSize: older.size,
    size: newer.size,
    oldRoot: older.root,
    root: newer.root,
    proof: await consistencyProof(nodeSha256, older.size, newer.size, hashes),
  });
  return outcome.kind === "consistent"
    ? undefined
    : `the heads of ${older.size} and ${newer.size} leaves are not of one history (${outcome.fault})`;
}

function hashesAt({ store, edge }: Evidence, size: number): HashReader {
  return durableHashes(store, edge, size);
}

async function provenLeaves(
  evidence: Evidence,
  head: JudgedHead,
): Promise<{ readonly included: number; readonly missing: readonly string[] }> {
  if (head.size === 0) return { included: 0, missing: [] };
  const hashes = hashesAt(evidence, head.size);
  const root = fromBase64url(head.root);
  const indexes = [
    head.size - 1,
    ...drawnIndexes(head.root, { from: 0, to: head.size - 1 }, PROVEN_LEAVES - 1),
  ];
  const missing: string[] = [];
  for (const index of indexes) {
    const [row] = await evidence.store.entries(index, 1);
    const outcome =
      row?.index === index
        ? verifyInclusion(nodeSha256, {
            index,
            size: head.size,
            leafHash: leafHash(nodeSha256, row.leaf),
            proof: await inclusionProof(nodeSha256, index, head.size, hashes),
            root,
          })
        : undefined;
    if (outcome?.kind !== "included") missing.push(`leaf ${index} is not under the head of ${head.size}`);
  }
  return { included: indexes.length, missing };
}
