import type { BundleEntry, LeafType } from "@narrowgate/contracts";
import type { Failure, LineStatus, StoryLine } from "@narrowgate/verifier";
import { type Fact, factsOf } from "./leaf-facts.ts";
import { type InputRow, inputRows } from "./opened-leaf.ts";

/** One event of a transaction. */
export interface TimelineItem {
  readonly entry: string;
  /** Place in the log. */
  readonly index: number;
  readonly atMs: number;
  readonly kind: LeafType;
  readonly sentence: string;
  readonly status: LineStatus;
  /** Who signed it, when `status` is `signed`. */
  readonly by: string | undefined;
  readonly verdict: "permit" | "refuse" | undefined;
  readonly facts: readonly Fact[];
  readonly inputs: readonly InputRow[];
  /** Rules that this very leaf breaks. */
  readonly failures: readonly Failure[];
}

function itemOf(line: StoryLine, entry: BundleEntry, failures: readonly Failure[]): TimelineItem {
  const { leaf } = entry;
  return {
    entry: line.entry,
    index: leaf.writer.seq,
    atMs: line.atMs,
    kind: line.kind,
    sentence: line.text.join(" "),
    status: line.status,
    by: line.by,
    verdict: leaf.type === "decision" ? leaf.body.verdict : undefined,
    facts: factsOf(entry),
    inputs: inputRows(entry),
    failures: failures.filter((failure) => failure.entry === line.entry),
  };
}

/** The story of a report with what each leaf discloses beside it. */
export function timelineOf(
  story: readonly StoryLine[],
  failures: readonly Failure[],
  entries: ReadonlyMap<string, BundleEntry>,
): readonly TimelineItem[] {
  return story.flatMap((line) => {
    const entry = entries.get(line.entry);
    return entry === undefined ? [] : [itemOf(line, entry, failures)];
  });
}
