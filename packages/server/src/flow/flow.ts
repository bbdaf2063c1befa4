import {
  BOTTOM_LABEL,
  type DraftOrNext,
  isAtMost,
  joinLabels,
  type Label,
  type LeafDraft,
  type RecordedLeaf,
  type ServerRecord,
  type StateChange,
  type StateReader,
  type ToolRecord,
} from "@narrowgate/contracts";
import { type KeptLabel, type Labelled, type LabelRise, type Labels, openLabels } from "./labels.ts";
import { createMarks, type Marks } from "./marks.ts";
import { openSpent, type Spent, type SpentTable } from "./spent.ts";

/** Labels that a decision knows. `entry` is the leaf each follows from. @see docs/spec/evidence.md E-29 */
export interface FlowSnapshot {
  readonly transaction: KeptLabel;
  readonly instance: KeptLabel;
  /** What the answer of the operation carries at least. */
  readonly declared: KeptLabel;
  /** Of the server's store, where it has one. */
  readonly store?: KeptLabel;
}

/** Whose flow is asked about. */
export interface FlowQuestion {
  readonly txn: string;
  /** Leaf that opened its mandate. */
  readonly mandateEntry: string;
  readonly instance: string;
  /** Leaf that attested the instance. */
  readonly instanceEntry: string;
}

/** A call whose permit is about to be recorded. */
export interface PermittedCall extends FlowQuestion {
  /** Agent ref. */
  readonly agent: string;
  readonly server: Pick<ServerRecord, "ref" | "entry" | "store">;
  readonly record: Pick<ToolRecord, "dataClass" | "untrusted" | "effect" | "sanitisedOutput">;
  /** What the call moves, in minor units. */
  readonly amount: number;
}

/** What an answer carries beyond what is declared, and the digest of the response rule that says so, if one does. */
export interface AnswerRise {
  readonly label: Label;
  readonly rule?: string;
}

/** What goes into the commit of a permit or an outcome. */
export interface FlowChange {
  /** Behind the leaf that raises: they name `at` of the group. */
  readonly drafts: readonly DraftOrNext[];
  readonly changes: readonly StateChange[];
  /** Call in the turn the group is queued. */
  apply(): void;
}

/** The flow room: what transactions, instances and stores have been exposed to, and what was spent. */
export interface Flow {
  /** Labels before a call; `server` and `record` absent where nothing is called. Synchronous. */
  snapshot(question: FlowQuestion, operation?: Pick<PermittedCall, "server" | "record">): FlowSnapshot;
  spent(txn: string): Spent;
  /**
   * What a permit changes. Call in the turn of its record.
   * @param at - place of the decision in the group
   * @returns undefined when the sum of amounts cannot be held exactly: the call has to be refused
   */
  permit(call: PermittedCall, at: number): FlowChange | undefined;
  /**
   * What an answer changes: rows, and labels beyond the declared one.
   * @param at - place of the outcome in the group
   */
  answer(
    call: PermittedCall,
    found: { readonly rows: number; readonly rises?: readonly AnswerRise[] },
    at: number,
  ): FlowChange;
  /** Permits to a transaction and to an instance since the start: a change says that one of them may have read more. */
  mark(task: Pick<FlowQuestion, "txn" | "instance">): string;
  /**
   * Lowers transaction and instance to what people signed for. The only way in which a label falls.
   * TRUST: the caller holds the signatures, and has seen that nothing but the signed bytes was read since (E-29).
   * @param task - `agent` is the ref of the agent that read them
   * @param because - leaf id of the last of these signatures
   * @returns undefined where one of the two does not carry exactly `from`
   */
  lower(
    task: Pick<PermittedCall, "txn" | "instance" | "agent">,
    labels: { readonly from: Label; readonly to: Label },
    because: string,
  ): FlowChange | undefined;
  /** What goes with an instance that is forgotten: its refs are never given again. */
  forget(instance: string): Pick<FlowChange, "changes" | "apply">;
  /** Rows that go with the end of a transaction. */
  end(txn: string): readonly StateChange[];
}

interface Room {
  readonly labels: Labels;
  readonly spent: SpentTable;
  readonly marks: Marks;
}

/** Loads labels and what was spent before the first request is served. */
export async function openFlow(state: StateReader): Promise<Flow> {
  const room: Room = { labels: await openLabels(state), spent: await openSpent(state), marks: createMarks() };
  return {
    snapshot: (question, operation) => snapshot(room, question, operation),
    spent: (txn) => room.spent.of(txn),
    permit: (call, at) => permit(room, call, at),
    answer: (call, found, at) => answer(room, call, found, at),
    mark: (task) => room.marks.of(task),
    lower: (task, labels, because) => lower(room, task, { ...labels, because }),
    forget(instance) {
      const { changes, apply } = room.labels.forget(instance);
      return {
        changes,
        apply() {
          apply();
          room.marks.forget(instance);
        },
      };
    },
    end(txn) {
      room.marks.forget(txn);
      return [...room.labels.end(txn), ...room.spent.end(txn)];
    },
  };
}

/** What an operation declares of its answers: nobody's word means content of strangers. */
export function declaredLabel(
  { dataClass, untrusted, sanitisedOutput }: PermittedCall["record"],
  server: PermittedCall["server"],
): Label {
  const own: Label = { class: dataClass, untrusted: untrusted ?? true };
  const { store } = server;
  // What a sanitiser can say is bounded: none of what it read is in it, and its own class is an operator's word.
  return store === undefined || sanitisedOutput !== undefined
    ? own
    : joinLabels(own, { class: store.dataClass, untrusted: store.untrusted });
}

function storeLabel({ labels }: Room, server: PermittedCall["server"]): { readonly store?: KeptLabel } {
  if (server.store === undefined) return {};
  const kept = labels.get({ kind: "store", ref: server.ref });
  const { dataClass, untrusted } = server.store;
  // The class of a store is what is declared now; that it holds content of strangers is never taken back.
  const label = { class: dataClass, untrusted: untrusted || (kept?.label.untrusted ?? false) };
  return { store: { label, entry: untrusted ? server.entry : (kept?.entry ?? server.entry) } };
}

function snapshot(
  room: Room,
  { txn, mandateEntry, instance, instanceEntry }: FlowQuestion,
  operation?: Pick<PermittedCall, "server" | "record">,
): FlowSnapshot {
  const { labels } = room;
  const own = {
    transaction: labels.get({ kind: "transaction", ref: txn }) ?? {
      label: BOTTOM_LABEL,
      entry: mandateEntry,
    },
    instance: labels.get({ kind: "instance", ref: instance }) ?? {
      label: BOTTOM_LABEL,
      entry: instanceEntry,
    },
  };
  if (operation === undefined) return { ...own, declared: { label: BOTTOM_LABEL, entry: mandateEntry } };
  const { server, record } = operation;
  return {
    ...own,
    declared: { label: declaredLabel(record, server), entry: server.entry },
    ...(record.sanitisedOutput === undefined ? storeLabel(room, server) : {}),
  };
}

/** One row is written once in a commit: as it stands at the end. */
function lastOfEach(changes: readonly StateChange[]): readonly StateChange[] {
  return [...new Map(changes.map((change) => [change.key, change])).values()];
}

function changeOf(
  rises: readonly (LabelRise | undefined)[],
  at: number,
  more: readonly StateChange[],
): FlowChange {
  const real = rises.filter((rise) => rise !== undefined);
  const draft =
    (rise: LabelRise) =>
    (earlier: readonly RecordedLeaf[]): LeafDraft =>
      rise.draft(earlier[at]?.id ?? "");
  return {
    drafts: real.map(draft),
    changes: [...lastOfEach(real.map(({ change }) => change)), ...more],
    apply: () => {
      for (const rise of real) rise.apply();
    },
  };
}

/** INVARIANT: after a permit, transaction and instance carry all that the call can have shown them (E-29). */
function permit(room: Room, call: PermittedCall, at: number): FlowChange | undefined {
  const { labels } = room;
  const { txn, agent, instance, server, record, amount } = call;
  const before = snapshot(room, call, call);
  const carried = joinLabels(before.transaction.label, before.instance.label);
  const after = joinLabels(carried, before.declared.label, before.store?.label ?? BOTTOM_LABEL);
  const raise = (state: Labelled, to: Label): LabelRise | undefined => labels.rise(state, to, { txn, agent });
  const writes = server.store !== undefined && record.effect !== "read";
  const spent = room.spent.add(txn, { amount, calls: 1 });
  if (spent === undefined) return undefined;
  const rises = [
    raise({ kind: "transaction", ref: txn }, after),
    raise({ kind: "instance", ref: instance }, after),
    writes && carried.untrusted && before.store?.label.untrusted === false
      ? raise({ kind: "store", ref: server.ref }, { class: before.store.label.class, untrusted: true })
      : undefined,
  ];
  const change = changeOf(rises, at, [spent.change]);
  return {
    ...change,
    apply: () => {
      change.apply();
      spent.apply();
      room.marks.count(call);
    },
  };
}

function lower(
  { labels }: Room,
  { txn, instance, agent }: Pick<PermittedCall, "txn" | "instance" | "agent">,
  { from, to, because }: { readonly from: Label; readonly to: Label; readonly because: string },
): FlowChange | undefined {
  const states = [
    { kind: "transaction", ref: txn },
    { kind: "instance", ref: instance },
  ] as const;
  const carried = states.map((state) => labels.get(state)?.label ?? BOTTOM_LABEL);
  if (!carried.every((label) => isAtMost(label, from) && isAtMost(from, label))) return undefined;
  const falls = states.map((state) => labels.set(state, to, { txn, agent }));
  return {
    drafts: falls.map((fall) => fall.draft(because)),
    changes: falls.map(({ change }) => change),
    apply() {
      for (const fall of falls) fall.apply();
    },
  };
}

/** A state rises step by step, so that each leaf names the one rule that raised it. */
function risesOf(
  { labels }: Room,
  state: Labelled,
  rises: readonly AnswerRise[],
  place: Pick<PermittedCall, "txn" | "agent">,
): readonly (LabelRise | undefined)[] {
  let carried = labels.get(state)?.label ?? BOTTOM_LABEL;
  return rises.map(({ label, rule }) => {
    const to = joinLabels(carried, label);
    if (isAtMost(to, carried)) return undefined;
    carried = to;
    const { txn, agent } = place;
    return labels.rise(state, to, { txn, agent, ...(rule === undefined ? {} : { rule }) });
  });
}

function answer(
  room: Room,
  call: PermittedCall,
  { rows, rises = [] }: { readonly rows: number; readonly rises?: readonly AnswerRise[] },
  at: number,
): FlowChange {
  const { txn, instance } = call;
  const all = [
    ...risesOf(room, { kind: "transaction", ref: txn }, rises, call),
    ...risesOf(room, { kind: "instance", ref: instance }, rises, call),
  ];
  // What its permit opened may have ended while the call was under way; nobody would end it again.
  const spent = rows === 0 || !room.spent.isOpen(txn) ? undefined : room.spent.add(txn, { rows });
  const change = changeOf(all, at, spent === undefined ? [] : [spent.change]);
  return {
    ...change,
    apply: () => {
      change.apply();
      spent?.apply();
    },
  };
}
