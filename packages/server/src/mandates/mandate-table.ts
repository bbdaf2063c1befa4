import type { StoredMandate } from "./stored-mandate.ts";

/** Ended mandates that are still remembered by name, so that late callers get the true reason. */
const MAX_ENDED = 100_000;

/** Open mandates in memory, with when each was last used, and the names of those that ended lately. */
export interface MandateTable {
  put(record: StoredMandate): void;
  get(id: string): StoredMandate | undefined;
  /** Ends it. Only its names and its end are kept: authority and purpose are empty from then on. */
  end(record: StoredMandate): void;
  touch(id: string, nowMs: number): void;
  lastUsedMs(id: string): number;
  /** How many are open, all in all and of one agent. */
  count(agent: string): { readonly all: number; readonly ofAgent: number };
  open(): readonly StoredMandate[];
}

/** @returns an empty table */
export function createMandateTable(): MandateTable {
  const open = new Map<string, StoredMandate>();
  const used = new Map<string, number>();
  const ended = new Map<string, StoredMandate>();
  const byAgent = new Map<string, number>();
  const add = (agent: string, more: 1 | -1): void => {
    const count = (byAgent.get(agent) ?? 0) + more;
    if (count === 0) byAgent.delete(agent);
    else byAgent.set(agent, count);
  };
  return {
    put(record) {
      if (!open.has(record.id)) add(record.document.agent, 1);
      open.set(record.id, record);
      used.set(record.id, record.openedAtMs);
    },
    get: (id) => open.get(id) ?? ended.get(id),
    end(record) {
      if (open.delete(record.id)) add(record.document.agent, -1);
      used.delete(record.id);
      // What an agent wrote into it is let go of: a loop of opening and closing must not fill the memory.
      ended.set(record.id, { ...record, document: { ...record.document, authority: {}, purpose: "" } });
      const [oldest] = ended.keys();
      if (ended.size > MAX_ENDED && oldest !== undefined) ended.delete(oldest);
    },
    touch: (id, nowMs) => void (used.has(id) && used.set(id, nowMs)),
    lastUsedMs: (id) => used.get(id) ?? 0,
    count: (agent) => ({ all: open.size, ofAgent: byAgent.get(agent) ?? 0 }),
    open: () => [...open.values()],
  };
}
