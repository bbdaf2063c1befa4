import { isNarrowgateError, type NarrowgateError } from "@narrowgate/kernel";
import pg from "pg";
import { storeLocked, storeMissing, storeUnavailable } from "../store-errors.ts";

const connectLimitMs = 10_000;
const queryLimitMs = 30_000;
const int8 = 20;

/**
 * Connects to the database. Waits are bounded; indexes are always used, whatever the statistics say.
 * Trust: `url` may hold a password, so neither it nor an error that quotes it leaves this function.
 * @throws NarrowgateError `store_missing` when there is no such database, `store_unavailable`
 */
export async function connectPostgres(url: string): Promise<pg.Client> {
  try {
    const client = new pg.Client({
      connectionString: url,
      application_name: "narrowgate",
      connectionTimeoutMillis: connectLimitMs,
      query_timeout: queryLimitMs,
      keepAlive: true,
      types: {
        // Counts are bigint there and numbers here; readers refuse what is not a safe integer.
        getTypeParser: (oid, format) => (oid === int8 ? Number : pg.types.getTypeParser(oid, format)),
      },
    });
    // Without a listener a lost connection would end the process; the next query reports it.
    client.on("error", () => undefined);
    await client.connect();
    await client.query("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
    return client;
  } catch (cause) {
    throw postgresError(cause);
  }
}

/**
 * Turns what `pg` threw into an error of ours: SQLSTATE and the server's sentence, never the connection string.
 * An error of ours stays as it is.
 */
export function postgresError(cause: unknown): NarrowgateError {
  if (isNarrowgateError(cause)) return cause;
  if (!(cause instanceof pg.DatabaseError)) return storeUnavailable(`no connection (${codeOf(cause)})`);
  if (cause.code === "3D000") return storeMissing("there is no such database");
  if (cause.code === "55P03") return storeLocked("another process holds the database");
  return storeUnavailable(`the server refused (${codeOf(cause)}): ${cause.message}`);
}

/** True when the server itself said that the statement failed, which means that it changed nothing. */
export function isRolledBack(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && cause.severity === "ERROR";
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "no code";
}
