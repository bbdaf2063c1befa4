import { type BundleEntry, parseProofBundle } from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { type Failure, type LineStatus, MAX_BUNDLE_BYTES, type Report } from "@narrowgate/verifier";
import { type ActorNode, actorTree } from "./actor-tree.ts";
import { firstTrouble, type Hop, hopsOf } from "./hops.ts";
import { contentOf, textMember } from "./opened-leaf.ts";
import { type TimelineItem, timelineOf } from "./timeline.ts";
import { visibleText } from "./visible-text.ts";

/** What a mandate says of its origin. */
export interface Asked {
  readonly subject: string | undefined;
  readonly agent: string | undefined;
  readonly purpose: string | undefined;
  /** What the gate has on record; whether it holds is `status`. */
  readonly basis: "signed_by_subject" | "asserted_by_agent" | "operator";
  readonly status: LineStatus;
  /** Who signed it, when `status` is `signed`. */
  readonly by: string | undefined;
}

/** A bundle as a person looks at it. The verdict is the report's; everything else only explains. */
export interface BundleView {
  readonly report: Report;
  readonly asked: Asked | undefined;
  /** Each once, in the order of the report. */
  readonly failures: readonly Failure[];
  readonly actors: ActorNode | undefined;
  /** In the order of the log. */
  readonly timeline: readonly TimelineItem[];
  /** The same, by who acted. */
  readonly hops: readonly Hop[];
  /** Entry of the event a person looks for first. */
  readonly trouble: string | undefined;
}

function entriesOf(bytes: Uint8Array): readonly BundleEntry[] {
  try {
    const limits = { maxBytes: MAX_BUNDLE_BYTES, maxKeys: 50_000_000, maxDepth: 96 };
    return parseProofBundle(parseStrictJson(bytes.subarray(0, -1), limits)).entries;
  } catch {
    // The report says what is wrong with the file.
    return [];
  }
}

/** Several checks can find the same fault; a person is told once. */
function distinct(failures: readonly Failure[]): readonly Failure[] {
  const keyOf = ({ rule, entry, message }: Failure): string => JSON.stringify([rule, entry, message]);
  return [...new Map(failures.map((failure) => [keyOf(failure), failure])).values()];
}

function askedIn(entries: readonly BundleEntry[], timeline: readonly TimelineItem[]): Asked | undefined {
  for (const entry of entries) {
    const { leaf } = entry;
    if (leaf.type !== "mandate" || leaf.body.action !== "opened") continue;
    const line = timeline.find((item) => item.entry === leaf.id);
    const document = contentOf(entry, "document");
    const shown = (name: string): string | undefined => {
      const text = textMember(document, name);
      return text === undefined ? undefined : visibleText(text);
    };
    return {
      subject: shown("subject"),
      agent: shown("agent"),
      purpose: shown("purpose"),
      basis: leaf.body.basis,
      status: line?.status ?? "claimed",
      by: line?.by,
    };
  }
  return undefined;
}

/**
 * Lays out a bundle beside the report on it.
 * Trust: `bytes` are attacker-controlled; nothing is taken for verified that the report does not say. Never throws.
 */
export function viewBundle(bytes: Uint8Array, report: Report): BundleView {
  const entries = entriesOf(bytes);
  const failures = distinct(report.failures);
  const byId = new Map(entries.map((entry) => [entry.leaf.id, entry]));
  const timeline = timelineOf(report.story, failures, byId);
  return {
    report,
    failures,
    asked: askedIn(entries, timeline),
    actors: actorTree(entries),
    timeline,
    hops: hopsOf(timeline, byId),
    trouble: firstTrouble(timeline)?.entry,
  };
}
