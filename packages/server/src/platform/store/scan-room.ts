const PAGE = 1000;

/** A row of the state table: text as the store keeps it, or JSON as rooms read it. */
export interface Row<Value> {
  readonly key: string;
  readonly value: Value;
}

/** Whatever gives the rows of a room in key order, so many at a time. */
export interface Pager<Value> {
  scan(
    room: string,
    options: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly Row<Value>[]>;
}

/** Which rows, and how they come. */
export interface RowsWanted {
  /** How their keys begin. */
  readonly prefix?: string;
  /** How many are read at a time: fewer where one is large. Default 1,000. */
  readonly page?: number;
}

/** Reads the rows of a room in key order, page by page; no page is read before it is wanted. The last may be empty. */
export async function* scanPages<Value>(
  from: Pager<Value>,
  room: string,
  { prefix, page = PAGE }: RowsWanted = {},
): AsyncGenerator<readonly Row<Value>[], void, undefined> {
  for (let after: string | undefined; ; ) {
    const rows = await from.scan(room, {
      limit: page,
      ...(prefix === undefined ? {} : { prefix }),
      ...(after === undefined ? {} : { after }),
    });
    yield rows;
    after = rows.at(-1)?.key;
    if (rows.length < page) return;
  }
}

/** Reads the rows of a room whose key begins with `prefix`, in key order, one by one. */
export async function* scanRoom<Value>(
  from: Pager<Value>,
  room: string,
  prefix?: string,
): AsyncGenerator<Row<Value>, void, undefined> {
  for await (const rows of scanPages(from, room, prefix === undefined ? {} : { prefix })) yield* rows;
}
