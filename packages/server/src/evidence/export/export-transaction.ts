import {
  type BundleEntry,
  bundleSeal,
  type ErasedPart,
  exactSet,
  formatProofBundle,
  SEALED_PARTS,
  type SealedPart,
} from "@narrowgate/contracts";
import { toBase64url } from "@narrowgate/kernel";
import { type HashReader, inclusionProof } from "@narrowgate/tlog";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { Evidence } from "../evidence.ts";
import { OpeningReader } from "../openings.ts";
import type { AuditorRequest } from "../public-log.ts";
import { type OpenedRange, recordReading } from "../record-reading.ts";
import { durableHashes } from "../tree-edge.ts";
import { frameOf, mayRestOn, ReferenceIndex, revocationsFor } from "./closure.ts";
import { type OpenedEntry, openedEntry, transactionIndexes } from "./transaction-entries.ts";

/** The head a bundle is proven under. */
export interface BundleHead {
  readonly size: number;
  readonly note: string;
}

/** What a bundle is about. */
export type BundleSubject = { readonly txn: string } | { readonly release: string };

/** The newest cosigned head if it covers all up to `last`, else a fresh one. */
export async function headCovering(evidence: Evidence, last: number): Promise<BundleHead> {
  const { witnessed } = evidence.publisher;
  return witnessed !== undefined && witnessed.size > last ? witnessed : evidence.freshCheckpoint();
}

/** Whether a revocation could end what the transaction was given; of any other one nothing is opened. */
function isAncestral(own: readonly OpenedEntry[], { leaf }: OpenedEntry): boolean {
  if (leaf.type !== "revocation") return true;
  const name = `${leaf.body.kind}:${leaf.body.id}`;
  return own.some(({ leaf: { type, body } }) => {
    if (type === "mandate") return `mandate:${body.mandate}` === name;
    return type === "token" && (`token:${body.token}` === name || body.epochs.some(([ref]) => ref === name));
  });
}

/** What the bundle is about, and exactly what that rests on, in log order. */
async function gather(
  evidence: Evidence,
  subject: BundleSubject,
  [ownIndexes, size]: readonly [readonly number[], number],
): Promise<readonly OpenedEntry[]> {
  const { store, custody } = evidence;
  const reader = new OpeningReader(store, custody.keyEncryption);
  const references = new ReferenceIndex(store, size);
  const entries = new Map<number, OpenedEntry>();
  const take = async (indexes: readonly number[]): Promise<void> => {
    const waiting = [...indexes];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (entries.has(next)) continue;
      const entry = await openedEntry(store, reader, next);
      entries.set(next, entry);
      waiting.push(...(await mayRestOn(references, entry)));
    }
  };
  await take(ownIndexes);
  const own = ownIndexes.flatMap((index) => entries.get(index) ?? []);
  await take([...(await frameOf(references)), ...(await revocationsFor(references, own))]);
  const held = [...entries.values()]
    .sort((a, b) => a.index - b.index)
    .map((entry) =>
      ownIndexes.includes(entry.index) || isAncestral(own, entry) ? entry : { ...entry, openings: {} },
    );
  const erasures = erasedParts(held).map(({ erasure }) => erasure);
  const { needed } = exactSet({ leaves: held, ...subject, erasures });
  return held.filter(({ leaf }) => needed.has(leaf.id));
}

function erasureOf(
  entries: readonly OpenedEntry[],
  { leaf }: OpenedEntry,
  part: SealedPart,
): string | undefined {
  return entries.find(({ leaf: other }) => {
    if (other.type !== "erasure") return false;
    const whole = other.body.txn === leaf.txn?.id && other.body.parts.includes(part);
    return whole || other.body.parts.includes(`${leaf.id}/${part}`);
  })?.leaf.id;
}

/** Parts that are committed to, not there, and covered by an erasure; what no erasure covers is left to be reported missing. */
function erasedParts(entries: readonly OpenedEntry[]): readonly ErasedPart[] {
  return entries.flatMap((entry) =>
    SEALED_PARTS.flatMap((part) => {
      if (entry.leaf.sealed?.[part] === undefined || entry.openings[part] !== undefined) return [];
      const erasure = erasureOf(entries, entry, part);
      return erasure === undefined ? [] : [{ entry: entry.leaf.id, part, erasure }];
    }),
  );
}

async function proven(
  { index, leaf, openings }: OpenedEntry,
  size: number,
  hashes: HashReader,
): Promise<BundleEntry> {
  const proof = await inclusionProof(nodeSha256, index, size, hashes);
  const inclusion = proof.map(toBase64url);
  return Object.keys(openings).length === 0 ? { leaf, inclusion } : { leaf, inclusion, openings };
}

/** A proof bundle, and which leaves it discloses. */
export interface BuiltBundle extends OpenedRange {
  readonly bytes: Uint8Array;
}

/**
 * Writes a proof bundle: what it is about and everything needed to check that offline, under one head.
 * @param own - indexes of the leaves it is about, below the size of the head
 * @throws `evidence_unavailable`, `verification_failed` on a damaged store
 */
export async function bundleOf(
  evidence: Evidence,
  subject: BundleSubject,
  [own, head]: readonly [readonly number[], BundleHead],
): Promise<BuiltBundle> {
  const entries = await gather(evidence, subject, [own, head.size]);
  const hashes = durableHashes(evidence.store, evidence.edge, head.size);
  const bundle = {
    format: "narrowgate-proof/1" as const,
    ...subject,
    checkpoint: head.note,
    earlier: [],
    entries: await Promise.all(entries.map((entry) => proven(entry, head.size, hashes))),
    erased: erasedParts(entries),
  };
  const bytes = formatProofBundle({ ...bundle, seal: bundleSeal(nodeSha256, bundle) });
  return { from: entries[0]?.index ?? 0, count: entries.length, bytes };
}

/**
 * Writes the proof bundle of a transaction.
 * Trust: the bundle holds openings; whoever gives it out has recorded the reading first (E-2).
 * @throws `not_found` when there is no such transaction, `evidence_unavailable`, `verification_failed` on a damaged store
 * @see docs/spec/evidence.md section 7
 */
export async function buildBundle(evidence: Evidence, txn: string): Promise<BuiltBundle> {
  const head = await headCovering(evidence, (await evidence.store.head("txn", txn))?.index ?? 0);
  return bundleOf(evidence, { txn }, [await transactionIndexes(evidence.store, txn, head.size), head]);
}

/**
 * {@link buildBundle} for an authenticated auditor.
 * Guarantee: the `read` leaf is durable before the openings are given out (E-2).
 */
export async function exportTransaction(
  evidence: Evidence,
  txn: string,
  auditor: AuditorRequest,
): Promise<Uint8Array> {
  const built = await buildBundle(evidence, txn);
  await recordReading(evidence, built, auditor);
  return built.bytes;
}
