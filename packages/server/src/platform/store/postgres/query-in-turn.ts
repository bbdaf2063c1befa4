import type { Client, QueryConfig, QueryResult } from "pg";
import type { RawRow } from "../read-row.ts";

/** Sends one query; resolves with its result. */
export type SendQuery = (query: QueryConfig) => Promise<QueryResult<RawRow>>;

/**
 * Lets callers share a connection: each query is sent when the one before has ended, whether it succeeded or not.
 * The connection serves nothing else meanwhile.
 */
export function queryInTurn(client: Client): SendQuery {
  let last: Promise<unknown> = Promise.resolve();
  return (query) => {
    const result = last.then(() => client.query<RawRow>(query));
    last = result.catch(() => undefined);
    return result;
  };
}
