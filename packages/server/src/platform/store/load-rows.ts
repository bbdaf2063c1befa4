import type { StateReader } from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";
import { type RowsWanted, scanPages } from "./scan-room.ts";

/**
 * Reads the rows of a room of the state table, in key order and page by page: what a room does when it opens.
 * @param read - makes something of a row; `path` names it in errors
 */
export async function loadRows<T>(
  state: Pick<StateReader, "scan">,
  room: string,
  read: (value: JsonValue, path: string, key: string) => T,
  wanted: RowsWanted = {},
): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const rows of scanPages(state, room, wanted))
    for (const { key, value } of rows) found.push(read(value, `/${room}/${key}`, key));
  return found;
}
