import type { StateChange, StateReader } from "@narrowgate/contracts";
import { readInteger } from "@narrowgate/kernel";

const ROOM = "hand-off";
const PAGE = 5_000;
/** Expired ones that are forgotten with each new one, so that the table shrinks as it is used. */
const SWEEP = 4;

/** Hand-off tokens that were used, until they expire; a restart does not forget them. */
export interface HandOffs {
  /**
   * Takes the one use of a hand-off token.
   * @param tok - name of the token; @param expires - Unix seconds
   * @returns what must be recorded with the exchange, or undefined when it was used before
   */
  take(tok: string, expires: number, nowS: number): readonly StateChange[] | undefined;
}

/** Loads what was used before this start. */
export async function openHandOffs(state: StateReader): Promise<HandOffs> {
  const used = new Map<string, number>();
  for (let after: string | undefined; ; ) {
    const page = await state.scan(ROOM, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { key, value } of page) used.set(key, readInteger(value, `/${key}`, { min: 0 }));
    after = page.at(-1)?.key;
    if (page.length < PAGE) break;
  }
  const sweep = (nowS: number): StateChange[] => {
    const gone: StateChange[] = [];
    for (const [tok, expires] of used) {
      // Oldest first: what was used first expires first, so the first that lives ends the search.
      if (expires > nowS || gone.length === SWEEP) break;
      used.delete(tok);
      gone.push({ room: ROOM, key: tok, value: null });
    }
    return gone;
  };
  return {
    take(tok, expires, nowS) {
      if (used.has(tok)) return undefined;
      used.set(tok, expires);
      return [...sweep(nowS), { room: ROOM, key: tok, value: expires }];
    },
  };
}
