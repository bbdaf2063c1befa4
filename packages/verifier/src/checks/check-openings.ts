import type { ErasedPart, SealedPart } from "@narrowgate/contracts";
import { type Entry, type Evidence, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

const parts: readonly SealedPart[] = ["content", "inputs", "proof"];

function checkPart(evidence: Evidence, findings: Findings, entry: Entry, part: SealedPart): void {
  const { leaf, openings, uncommitted } = entry;
  if (uncommitted.includes(part)) {
    findings.fail("E-7", `the opened ${part} is not what the leaf commits to`, leaf.id);
  }
  if (leaf.sealed?.[part] !== undefined)
    evidence.parts.set(`${leaf.id}/${part}`, openings[part] === undefined ? "missing" : "opened");
}

function erasureFault(evidence: Evidence, { entry: id, part, erasure: by }: ErasedPart): string | undefined {
  const entry = evidence.byId.get(id);
  const erasure = entryOf(evidence, by, "erasure");
  if (entry === undefined || entry.leaf.sealed?.[part] === undefined)
    return "erased is a part that was never sealed";
  if (erasure === undefined || erasure.index <= entry.index)
    return "no later erasure leaf covers an erased part";
  if (evidence.parts.get(`${id}/${part}`) === "opened") return "an erased part is opened";
  const { parts: covered, txn } = erasure.leaf.body;
  const isWhole = covered.includes(part) && txn !== undefined && txn === entry.leaf.txn?.id;
  return isWhole || covered.includes(`${id}/${part}`)
    ? undefined
    : "the erasure leaf does not cover an erased part";
}

/**
 * Reports each part in the file that is not what its leaf commits to, checks that what is said to be erased was: notes the state of
 * every part for the other checks.
 * @see docs/spec/evidence.md E-7, E-8, E-23
 */
export function checkOpenings(evidence: Evidence, findings: Findings): void {
  for (const entry of evidence.entries) for (const part of parts) checkPart(evidence, findings, entry, part);
  for (const erased of evidence.bundle.erased) {
    const fault = erasureFault(evidence, erased);
    if (fault === undefined) evidence.parts.set(`${erased.entry}/${erased.part}`, "erased");
    else findings.fail("E-23", fault, erased.entry);
  }
}
