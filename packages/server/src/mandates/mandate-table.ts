import type { MandateRecord } from "@narrowgate/contracts";

/** Ended mandates that are still remembered by name, so that late callers get the true reason. */
const MAX_ENDED = 100_000;

/** Open mandates in memory, with when each was last used, and the names of those that ended lately. */
export interface MandateTable {
  put(record: MandateRecord): void;
  get(id: string): MandateRecord | undefined;
  end(record: MandateRecord): void;
  touch(id: string, nowMs: number): void;
  lastUsedMs(id: string): number;
  open(): readonly MandateRecord[];
}

/** @returns an empty table */
export function createMandateTable(): MandateTable {
  const open = new Map<string, MandateRecord>();
  const used = new Map<string, number>();
  const ended = new Map<string, MandateRecord>();
  return {
    put(record) {
      open.set(record.id, record);
      used.set(record.id, record.openedAtMs);
    },
    get: (id) => open.get(id) ?? ended.get(id),
    end(record) {
      open.delete(record.id);
      used.delete(record.id);
      ended.set(record.id, record);
      const [oldest] = ended.keys();
      if (ended.size > MAX_ENDED && oldest !== undefined) ended.delete(oldest);
    },
    touch: (id, nowMs) => void (used.has(id) && used.set(id, nowMs)),
    lastUsedMs: (id) => used.get(id) ?? 0,
    open: () => [...open.values()],
  };
}
