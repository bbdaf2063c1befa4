import type { StateChange, StateReader } from "@narrowgate/contracts";
import { readInteger } from "@narrowgate/kernel";
import { loadRows } from "../../platform/store/load-rows.ts";

/** Expired ones that are forgotten with each new one, so that the table shrinks as it is used. */
const SWEEP = 4;

/** What was used and may not be used again before it expires; a restart does not forget it. */
export interface DurableUses {
  /**
   * Takes the one use of something.
   * @param name - what a state key can hold, e.g. a digest; @param expires - Unix seconds
   * @returns what must be recorded with what the use is for, or undefined when it was used before
   */
  take(name: string, expires: number, nowS: number): readonly StateChange[] | undefined;
}

/** Loads what was used before this start. @param room - of the state table, for these uses alone */
export async function openDurableUses(state: StateReader, room: string): Promise<DurableUses> {
  const used = new Map<string, number>(
    await loadRows(state, room, (value, path, key) => [key, readInteger(value, path, { min: 0 })] as const),
  );
  const sweep = (nowS: number): StateChange[] => {
    const gone: StateChange[] = [];
    for (const [name, expires] of used) {
      // Oldest first: what was used first expires first, so the first that lives ends the search.
      if (expires > nowS || gone.length === SWEEP) break;
      used.delete(name);
      gone.push({ room, key: name, value: null });
    }
    return gone;
  };
  return {
    take(name, expires, nowS) {
      if (used.has(name)) return undefined;
      const swept = sweep(nowS);
      used.set(name, expires);
      return [...swept, { room, key: name, value: expires }];
    },
  };
}
