import type { StateChange, StateReader } from "@narrowgate/contracts";
import { type Refusal, refuse } from "../refusal.ts";

/**
 * What was spent of the cap `calls`, per transaction and server, over all agents of the transaction.
 *
 * A token names its cap but not its forebears'. Counting every capped call of the transaction against the cap of the
 * token at hand is therefore never too generous: each cap is at most its parent's, so none of them is ever exceeded.
 * It can be stricter than needed when siblings were given shares; who wants shares opens several mandates.
 */
export interface CallLedger {
  /** Makes what was spent known, before it is asked for in one turn with the record. */
  load(txn: string, server: string): Promise<void>;
  /**
   * Takes one call. Call in the same turn as `record`, with the change it gives.
   * @returns `cap_spent` when nothing is left, or when the gate cannot measure a cap
   */
  take(txn: string, server: string, caps: ReadonlyMap<string, number>): StateChange | Refusal;
  /** Gives back what was taken for a record that was not made. */
  giveBack(change: StateChange): void;
}

const room = "gateway-spend";
const maxKnown = 100_000;

/** Makes a ledger over the state table. Without one, nothing under a cap is let through. */
export function createCallLedger(state: StateReader | undefined): CallLedger {
  const spent = new Map<string, number>();
  const keyOf = (txn: string, server: string): string => `${txn}/${server}`;

  return {
    async load(txn, server) {
      const key = keyOf(txn, server);
      if (spent.has(key) || state === undefined) return;
      const value = await state.get(room, key);
      // Another request may have loaded and spent meanwhile; what is in memory is newer than what was read.
      if (spent.has(key)) return;
      if (spent.size >= maxKnown) spent.delete(spent.keys().next().value ?? "");
      spent.set(key, typeof value === "number" ? value : 0);
    },
    take(txn, server, caps) {
      const key = keyOf(txn, server);
      const before = spent.get(key);
      const unmeasured = [...caps.keys()].find((name) => name !== "calls");
      if (unmeasured !== undefined) {
        return refuse("cap_spent", {
          sentence: "This gate cannot measure one of the caps of the token, so it refuses.",
        });
      }
      if (before === undefined || before >= (caps.get("calls") ?? 0)) return refuse("cap_spent");
      spent.set(key, before + 1);
      return { room, key, value: before + 1 };
    },
    giveBack({ key }) {
      const after = spent.get(key);
      if (after !== undefined) spent.set(key, after - 1);
    },
  };
}
