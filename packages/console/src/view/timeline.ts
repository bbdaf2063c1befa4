import type { BundleEntry, LeafType } from "@narrowgate/contracts";
import type { Failure, LineStatus, StoryLine } from "@narrowgate/verifier";
import { type Fact, factsOf } from "./leaf-facts.ts";
import { type InputRow, inputRows } from "./opened-leaf.ts";

/** What something carried or was shown from an event on. */
export interface LabelChip {
  readonly entry: string;
  /** The state that carries it. */
  readonly state: "transaction" | "instance" | "store";
  readonly dataClass: string;
  readonly untrusted: boolean;
  readonly status: LineStatus;
}

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
  /** Labels that changed because of it. */
  readonly labels: readonly LabelChip[];
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
    labels: [],
  };
}

function chipOf({ status }: TimelineItem, { leaf }: BundleEntry): LabelChip | undefined {
  if (leaf.type !== "label") return undefined;
  const { state, class: dataClass, untrusted } = leaf.body;
  return { entry: leaf.id, state, dataClass, untrusted, status };
}

/** Puts labels beside the event they follow. One that breaks a rule stays an event, and so does one whose cause is not there. */
function foldLabels(
  items: readonly TimelineItem[],
  entries: ReadonlyMap<string, BundleEntry>,
): readonly TimelineItem[] {
  const known = new Set(items.map(({ entry }) => entry));
  const chips = new Map<string, LabelChip[]>();
  const rest = items.filter((item) => {
    const entry = entries.get(item.entry);
    const chip = entry === undefined ? undefined : chipOf(item, entry);
    if (entry?.leaf.type !== "label" || chip === undefined) return true;
    const { because } = entry.leaf.body;
    if (item.failures.length > 0 || !known.has(because)) return true;
    chips.set(because, [...(chips.get(because) ?? []), chip]);
    return false;
  });
  return rest.map((item) => ({ ...item, labels: chips.get(item.entry) ?? [] }));
}

/** The story of a report with what each leaf discloses beside it. */
export function timelineOf(
  story: readonly StoryLine[],
  failures: readonly Failure[],
  entries: ReadonlyMap<string, BundleEntry>,
): readonly TimelineItem[] {
  const items = story.flatMap((line) => {
    const entry = entries.get(line.entry);
    return entry === undefined ? [] : [itemOf(line, entry, failures)];
  });
  return foldLabels(items, entries);
}
