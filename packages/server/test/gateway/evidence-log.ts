import {
  type EvidenceSink,
  type LeafDraft,
  parseInputsOpening,
  parseLeaf,
  parseSealedOpening,
  type Recorded,
  type RecordedLeaf,
} from "@narrowgate/contracts";
import { type JsonValue, NarrowgateError, randomId } from "@narrowgate/kernel";

/** One leaf as it was handed over, with the time it became durable in the order of all events. */
export interface KeptLeaf extends RecordedLeaf {
  readonly draft: LeafDraft;
}

/** A log in memory that keeps the promises of the port, and can be told to stall or fail. */
export interface TestLog extends EvidenceSink {
  readonly leaves: KeptLeaf[];
  of(type: LeafDraft["type"]): KeptLeaf[];
  /** From now on nothing becomes durable until `release`. */
  stall(): () => void;
  failing: boolean;
  /** Transactions that take no more decisions. */
  readonly closed: Set<string>;
}

/** Holds a draft to the published format, as a reader of the log would. */
function checkFormat(draft: LeafDraft): void {
  const { type, body, txn, agent, proof, inputs, content } = draft;
  const first = { prev: null, seq: 0 };
  parseLeaf({
    at: 1,
    body,
    id: randomId(),
    type,
    v: 1,
    writer: { id: randomId(), ...first },
    ...(txn === undefined ? {} : { txn: { id: txn, ...first } }),
    ...(agent === undefined ? {} : { agent: { id: agent, ...first } }),
  });
  if (proof !== undefined) parseSealedOpening(type, "proof", { ...proof, salt: randomId() });
  if (content !== undefined) parseSealedOpening(type, "content", { ...content, salt: randomId() });
  if (inputs !== undefined) parseInputsOpening(inputs.map((one) => ({ ...one, salt: randomId() })));
}

export function createTestLog(state: Map<string, JsonValue> = new Map()): TestLog {
  const leaves: KeptLeaf[] = [];
  let gate: Promise<void> = Promise.resolve();
  const log: TestLog = {
    leaves,
    failing: false,
    closed: new Set(),
    of: (type) => leaves.filter((leaf) => leaf.draft.type === type),
    stall() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    record(group, changes = []): Recorded {
      const recorded: RecordedLeaf[] = [];
      for (const { room, key, value } of changes) state.set(`${room}/${key}`, value);
      for (const item of group) {
        const draft = typeof item === "function" ? item(recorded) : item;
        if (draft.type === "decision" && draft.txn !== undefined && log.closed.has(draft.txn)) {
          throw new NarrowgateError("internal_error", "a decision would follow the closing");
        }
        checkFormat(draft);
        const leaf = { id: draft.id ?? randomId(), index: leaves.length, hash: randomId(32) };
        recorded.push(leaf);
        leaves.push({ ...leaf, draft });
      }
      const durable = log.failing
        ? Promise.reject(new NarrowgateError("evidence_unavailable", "the disk is full"))
        : gate;
      durable.catch(() => {});
      return { leaves: recorded, durable };
    },
  };
  return log;
}
