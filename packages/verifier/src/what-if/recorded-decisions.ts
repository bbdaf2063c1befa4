import { type InputItem, type InputOpening, type Leaf, openedMember } from "@narrowgate/contracts";
import { type JsonValue, NarrowgateError, type Sha256 } from "@narrowgate/kernel";
import type { PolicyBundle } from "@narrowgate/policy";
import { readPolicyBundle } from "../checks/check-policies.ts";
import type { DecidedInput } from "../deciding-key.ts";
import { type ReadEntry, readBundle } from "../read-bundle.ts";

/** A decision as it was recorded, with all that it was made on. */
export interface RecordedDecision {
  /** Leaf id. */
  readonly id: string;
  readonly txn: string;
  /** Unix milliseconds, as the writer says. */
  readonly atMs: number;
  readonly verdict: "permit" | "refuse";
  readonly code?: string;
  /** Sorted ids. */
  readonly policies: readonly string[];
  /** Sorted. */
  readonly requires: readonly string[];
  readonly inputs: readonly DecidedInput[];
}

/** What an exported transaction holds for whoever asks what other policies would have said. */
export interface RecordedTransaction {
  readonly txn: string;
  readonly decisions: readonly RecordedDecision[];
  /** Decisions whose inputs are not all disclosed. */
  readonly undisclosed: number;
  /** The policies in force at its end, where they are opened. */
  readonly policies?: PolicyBundle;
  /** By the leaf id of a decision: the policies it was made under, where they are opened. */
  readonly madeUnder: ReadonlyMap<string, PolicyBundle>;
  /** By the leaf id of an overlay: its text, where it is opened. */
  readonly overlays: ReadonlyMap<string, string>;
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string").sort() : [];
}

function isOpened(item: InputItem): item is InputOpening {
  return !("commitment" in item);
}

/** The inputs when all of them are disclosed. */
export function disclosedInputs(items: readonly InputItem[]): readonly InputOpening[] | undefined {
  const opened = items.filter(isOpened);
  return opened.length === items.length ? opened : undefined;
}

type DecisionEntry = Pick<ReadEntry, "openings"> & { readonly leaf: Leaf<"decision"> };

function isDecision(entry: ReadEntry): entry is ReadEntry & DecisionEntry {
  // A list is filtered by authority: no policy is asked, and nothing is sealed.
  return entry.leaf.type === "decision" && entry.leaf.sealed?.inputs !== undefined;
}

/** A decision leaf with its inputs; undefined when they are not all disclosed. */
export function recordedDecision({ leaf, openings }: DecisionEntry): RecordedDecision | undefined {
  const inputs = openings.inputs === undefined ? undefined : disclosedInputs(openings.inputs);
  if (inputs === undefined) return undefined;
  const { verdict, code } = leaf.body;
  return {
    id: leaf.id,
    txn: leaf.txn?.id ?? "",
    atMs: leaf.at,
    verdict,
    ...(code === undefined ? {} : { code }),
    policies: texts(openedMember(openings.content, "policies")),
    requires: texts(openedMember(openings.content, "requires")),
    inputs,
  };
}

/**
 * Each decision is made under the policies of the last leaf before it that puts some in force.
 * @param entries - in the order of the log
 */
export function policiesByDecision(entries: readonly ReadEntry[]): ReadonlyMap<string, PolicyBundle> {
  const found = new Map<string, PolicyBundle>();
  let inForce: PolicyBundle | undefined;
  for (const entry of entries) {
    if (entry.leaf.type === "policy") {
      const bundle = openedMember(entry.openings.content, "bundle");
      inForce = bundle === undefined ? undefined : readPolicyBundle(bundle);
    } else if (inForce !== undefined && isDecision(entry)) found.set(entry.leaf.id, inForce);
  }
  return found;
}

function overlayText({ leaf, openings }: ReadEntry): readonly (readonly [string, string])[] {
  const text = leaf.type === "overlay" ? openedMember(openings.content, "text") : undefined;
  return typeof text === "string" ? [[leaf.id, text]] : [];
}

/**
 * Reads the decisions of an exported transaction. Nothing is verified but that what is opened is what its leaf commits to:
 * verify the bundle first where that matters.
 * Trust: `bytes` may come from anybody.
 * @throws NarrowgateError `malformed_input` when it is no proof bundle in form
 */
export function readRecordedTransaction(sha256: Sha256, bytes: Uint8Array): RecordedTransaction {
  const outcome = readBundle(sha256, bytes);
  if (outcome.kind === "refused") throw new NarrowgateError("malformed_input", outcome.failure.message);
  const { txn } = outcome.bundle;
  if (txn === undefined) throw new NarrowgateError("malformed_input", "the bundle is about a release");
  const all = outcome.entries.filter(isDecision).map(recordedDecision);
  const decisions = all.filter((decision) => decision !== undefined);
  const policy = outcome.entries.findLast(({ leaf }) => leaf.type === "policy");
  const bundle = openedMember(policy?.openings.content, "bundle");
  return {
    txn,
    decisions,
    undisclosed: all.length - decisions.length,
    ...(bundle === undefined ? {} : { policies: readPolicyBundle(bundle) }),
    madeUnder: policiesByDecision(outcome.entries),
    overlays: new Map(outcome.entries.flatMap(overlayText)),
  };
}
