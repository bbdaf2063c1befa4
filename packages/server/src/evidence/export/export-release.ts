import { openedMember, parseLeafBytes } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Evidence } from "../evidence.ts";
import { OpeningReader } from "../openings.ts";
import type { AuditorRequest } from "../public-log.ts";
import { recordReading } from "../record-reading.ts";
import { ReferenceIndex } from "./closure.ts";
import { bundleOf, headCovering } from "./export-transaction.ts";
import { openedEntry } from "./transaction-entries.ts";

/** Whose release a bundle is wanted of. */
export interface WantedRelease {
  /** Ref of the agent. */
  readonly agent: string;
  /** Release digest. */
  readonly release: string;
}

/** A proof bundle of a release, and the evaluation it ends with. */
export interface ReleaseBundle {
  /** Leaf id. */
  readonly evaluation: string;
  readonly bytes: Uint8Array;
}

interface Found {
  readonly index: number;
  readonly id: string;
}

/** The newest evaluation of this very release. */
async function evaluationOf(
  evidence: Evidence,
  index: ReferenceIndex,
  { agent, release }: WantedRelease,
): Promise<Found | undefined> {
  const reader = new OpeningReader(evidence.store, evidence.custody.keyEncryption);
  const all = await index.all(`assurance:evaluation:${agent}`);
  for (const at of all.toReversed()) {
    const { leaf, openings } = await openedEntry(evidence.store, reader, at);
    const document = Object(openedMember(openings.content, "document"));
    if (document.release === release) return { index: at, id: leaf.id };
  }
  return undefined;
}

/** Indexes of the leaves of this very release. */
async function leavesOf(
  { store }: Evidence,
  index: ReferenceIndex,
  { agent, release }: WantedRelease,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (const at of await index.all(`released:${agent}`)) {
    const [row] = await store.entries(at, 1);
    const leaf = row === undefined ? undefined : parseLeafBytes(row.leaf);
    if (leaf?.type === "release" && leaf.body.release === release) found.push(at);
  }
  return found;
}

/**
 * Writes the proof bundle of a release for an authenticated auditor: proposals, signatures and certificate where there are
 * any, its newest evaluation with the drills that count, and what those rest on.
 * Guarantee: the `read` leaf is durable before the openings are given out (E-2).
 * @throws `not_found` when it was never evaluated here, `evidence_unavailable`, `verification_failed` on a damaged store
 * @see docs/spec/evidence.md E-22; docs/spec/release.md section 5
 */
export async function exportRelease(
  evidence: Evidence,
  wanted: WantedRelease,
  auditor: AuditorRequest,
): Promise<ReleaseBundle> {
  const { size } = await evidence.freshCheckpoint();
  const index = new ReferenceIndex(evidence.store, size);
  const evaluation = await evaluationOf(evidence, index, wanted);
  if (evaluation === undefined)
    throw new NarrowgateError("not_found", "no evaluation of this release is on record");
  const own = [...(await leavesOf(evidence, index, wanted)), evaluation.index];
  const head = await headCovering(evidence, Math.max(...own));
  const built = await bundleOf(evidence, { release: wanted.release }, [own, head]);
  await recordReading(evidence, built, auditor);
  return { evaluation: evaluation.id, bytes: built.bytes };
}
