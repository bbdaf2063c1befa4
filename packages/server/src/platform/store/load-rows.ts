import type { StateReader } from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";

const PAGE = 1000;

/** Which rows, and how they come. */
export interface RowsWanted {
  /** How their keys begin. */
  readonly prefix?: string;
  /** How many are read at a time: fewer where one is large. Default 1,000. */
  readonly page?: number;
}

/**
 * Reads the rows of a room of the state table, in key order and page by page: what a room does when it opens.
 * @param read - makes something of a row; `path` names it in errors
 */
export async function loadRows<T>(
  state: Pick<StateReader, "scan">,
  room: string,
  read: (value: JsonValue, path: string, key: string) => T,
  { prefix, page = PAGE }: RowsWanted = {},
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let after: string | undefined; ; ) {
    const rows = await state.scan(room, {
      limit: page,
      ...(prefix === undefined ? {} : { prefix }),
      ...(after === undefined ? {} : { after }),
    });
    for (const { key, value } of rows) found.push(read(value, `/${room}/${key}`, key));
    after = rows.at(-1)?.key;
    if (rows.length < page) return found;
  }
}
