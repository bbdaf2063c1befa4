import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/** The leaf types of evidence format version 1. @see docs/spec/evidence.md section 4 */
export const LEAF_TYPES = [
  "genesis",
  "boot",
  "key",
  "operator",
  "registry",
  "policy",
  "attestation",
  "mandate",
  "decision",
  "token",
  "dispatch",
  "outcome",
  "unknown",
  "revocation",
  "closing",
  "read",
  "erasure",
  "label",
  "person",
  "approval",
  "assurance",
  "release",
  "overlay",
] as const;

/** One of {@link LEAF_TYPES}. */
export type LeafType = (typeof LEAF_TYPES)[number];

/** Names of the sealed parts, sorted. */
export const SEALED_PARTS = ["content", "inputs", "proof"] as const;

/** The sealed parts of a leaf, each erasable apart. @see docs/spec/evidence.md section 3 */
export type SealedPart = (typeof SEALED_PARTS)[number];

/** Where an input comes from. @see docs/spec/evidence.md E-9 */
export type Provenance =
  | { readonly by: "derived"; readonly entry: string }
  | { readonly by: "signed"; readonly part: string }
  | { readonly by: "gate" };

/** One input of a decision, before it is salted. `path` is a JSON Pointer, unique within the decision. */
export type InputAttribute = {
  readonly path: string;
  readonly value: JsonValue;
  readonly from: Provenance;
};

/** What a room hands to the evidence room: a leaf without the members that only the writer can give (id, time, sequence, previous hashes). */
export interface LeafDraft {
  readonly type: LeafType;
  /** 16 fresh random bytes, base64url: given by a room that must name the leaf in its own state; else the writer gives one. */
  readonly id?: string;
  /** Transaction id, when the leaf belongs to one. */
  readonly txn?: string;
  /** Agent ref (not the agent's name), when the leaf belongs to one. */
  readonly agent?: string;
  /** Public members: no name, subject, argument or URL. */
  readonly body: JsonObject;
  readonly proof?: JsonObject;
  readonly inputs?: readonly InputAttribute[];
  readonly content?: JsonObject;
}

/** One change of the keyed state table, made in the same commit as the leaves that explain it. `null` deletes. */
export interface StateChange {
  readonly room: string;
  readonly key: string;
  readonly value: JsonValue | null;
}

/** A leaf that has its place in the log. It is durable only once the `durable` of its group has resolved. */
export interface RecordedLeaf {
  readonly id: string;
  readonly index: number;
  /** Leaf hash, base64url. */
  readonly hash: string;
}

/** A group that was queued: all of it becomes durable, or the writer stops. */
export interface Recorded {
  readonly leaves: readonly RecordedLeaf[];
  /** Resolves when the whole group is on disk; rejects with `evidence_unavailable` when that is not known. */
  readonly durable: Promise<void>;
}

/** A draft, or a function that makes one out of the group's earlier leaves (an effect names its decision). */
export type DraftOrNext = LeafDraft | ((earlier: readonly RecordedLeaf[]) => LeafDraft);

/**
 * The port through which every room writes evidence and state.
 *
 * Guarantee: a group and its state changes are one atomic commit, in call order; the place in the log is fixed on
 * return, durability when `durable` resolves. INVARIANT: no effect before `durable` (architecture invariant 4).
 */
export interface EvidenceSink {
  record(group: readonly DraftOrNext[], changes?: readonly StateChange[]): Recorded;
}

/** Reading the keyed state table, for rebuilding a room's memory at start. */
export interface StateReader {
  get(room: string, key: string): Promise<JsonValue | null>;
  /** Pages through a room in key order. */
  scan(
    room: string,
    options?: { readonly prefix?: string; readonly after?: string; readonly limit?: number },
  ): Promise<readonly { readonly key: string; readonly value: JsonValue }[]>;
}
