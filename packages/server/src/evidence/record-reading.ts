import type { Evidence } from "./evidence.ts";

/** Leaves whose openings are read: the first of them, and how many. */
export interface OpenedRange {
  /** Leaf index. */
  readonly from: number;
  readonly count: number;
}

/** Who reads openings. The caller has authenticated them. */
export interface OpeningsReader {
  /** Ref of the auditor. */
  readonly auditor: string;
  /** Their signed request, kept in the `read` leaf; absent for a person who signed in to the pages. */
  readonly request?: string;
}

/**
 * Records that openings were read.
 * ORDER: awaited before anything is given out: the `read` leaf is durable by then (E-2).
 * @see docs/spec/evidence.md E-2
 */
export async function recordReading(
  evidence: Pick<Evidence, "record">,
  { from, count }: OpenedRange,
  { auditor, request }: OpeningsReader,
): Promise<void> {
  const body = { auditor, from, count, what: "openings" };
  const proof = request === undefined ? {} : { proof: { request } };
  await evidence.record([{ type: "read", body, ...proof }]).durable;
}
