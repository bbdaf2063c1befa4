import {
  BOTTOM_LABEL,
  DATA_CLASSES,
  isAtMost,
  type Label,
  type LeafDraft,
  type StateChange,
  type StateReader,
} from "@narrowgate/contracts";
import { type JsonValue, randomId, readBoolean, readEnum, readObject, readString } from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";

/** Room of the state table that holds the labels that stand above bottom. */
export const LABEL_ROOM = "label";

/** What a label is kept for. */
export type LabelledKind = "transaction" | "instance" | "store";

/** One state: the transaction id, instance ref or server ref (a server has one store). */
export interface Labelled {
  readonly kind: LabelledKind;
  readonly ref: string;
}

/** A label, and the leaf that says so. One object for as long as neither changes. */
export interface KeptLabel {
  readonly label: Label;
  /** Leaf id. */
  readonly entry: string;
}

/** A label that is to change, in the commit of what changes it. */
export interface LabelRise {
  /** Made from the id of the leaf that changes it. */
  draft(because: string): LeafDraft;
  readonly change: StateChange;
  /** Call in the turn the group is queued. */
  apply(): void;
}

/** Where a leaf about a label belongs. */
export interface LeafPlace {
  readonly txn: string;
  readonly agent: string;
  /** Digest of the response rule that raises it. */
  readonly rule?: string;
}

/** Labels of transactions, agent instances and stores. They only rise, unless a person says what was read is less. */
export interface Labels {
  /** Undefined where nothing was raised yet. */
  get(state: Labelled): KeptLabel | undefined;
  /** Undefined when the state carries at least this already. */
  rise(state: Labelled, to: Label, place: LeafPlace): LabelRise | undefined;
  /** Sets what the state carries, also lower. TRUST: the caller holds the signatures that say so (E-29). */
  set(state: Labelled, to: Label, place: LeafPlace): LabelRise;
  /** Row of an instance that is forgotten, where it has one; its label goes from memory once this is applied. */
  forget(instance: string): { readonly changes: readonly StateChange[]; apply(): void };
  /** Rows that go with the end of a transaction; its label is forgotten in the same turn. */
  end(txn: string): readonly StateChange[];
}

function keyOf({ kind, ref }: Labelled): string {
  return `${kind}/${ref}`;
}

function parseRow(value: JsonValue, path: string): KeptLabel {
  const row = readObject(value, path, ["class", "untrusted", "entry"]);
  return {
    label: {
      class: readEnum(row.class, `${path}/class`, DATA_CLASSES),
      untrusted: readBoolean(row.untrusted, `${path}/untrusted`),
    },
    entry: readString(row.entry, `${path}/entry`),
  };
}

/**
 * Loads every label before the first request is served, so that each decision reads them without waiting.
 * @throws NarrowgateError `malformed_input` when a stored row is damaged
 */
export async function openLabels(state: StateReader): Promise<Labels> {
  const kept = new Map<string, KeptLabel>(
    await loadRows(state, LABEL_ROOM, (value, path, key) => [key, parseRow(value, path)] as const),
  );
  const set: Labels["set"] = (labelled, to, { txn, agent, rule }) => {
    const key = keyOf(labelled);
    const entry = randomId();
    const body = { state: labelled.kind, ref: labelled.ref, ...to, ...(rule === undefined ? {} : { rule }) };
    return {
      draft: (because) => ({ type: "label", id: entry, txn, agent, body: { ...body, because } }),
      change: { room: LABEL_ROOM, key, value: { ...to, entry } },
      apply: () => void kept.set(key, { label: to, entry }),
    };
  };
  return {
    get: (labelled) => kept.get(keyOf(labelled)),
    rise(labelled, to, place) {
      const carried = kept.get(keyOf(labelled))?.label ?? BOTTOM_LABEL;
      return isAtMost(to, carried) ? undefined : set(labelled, to, place);
    },
    set,
    forget(instance) {
      const key = keyOf({ kind: "instance", ref: instance });
      return {
        changes: kept.has(key) ? [{ room: LABEL_ROOM, key, value: null }] : [],
        apply: () => void kept.delete(key),
      };
    },
    end(txn) {
      const key = keyOf({ kind: "transaction", ref: txn });
      return kept.delete(key) ? [{ room: LABEL_ROOM, key, value: null }] : [];
    },
  };
}
