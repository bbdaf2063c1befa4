import type { Store } from "../platform/store/store.ts";

const PAGE = 1000;

/** Reads all rows of a room whose key begins with `prefix`, in key order, page by page. */
export async function* scanRoom(
  store: Store,
  room: string,
  prefix = "",
): AsyncGenerator<{ readonly key: string; readonly value: string }, void, undefined> {
  let after = "";
  for (;;) {
    const rows = await store.scan(room, {
      limit: PAGE,
      ...(prefix === "" ? {} : { prefix }),
      ...(after === "" ? {} : { after }),
    });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.key;
  }
}
