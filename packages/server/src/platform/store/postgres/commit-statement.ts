import { sealedParts } from "../read-row.ts";
import type { Batch, HeadRow, StateRow } from "../store.ts";

/**
 * The whole commit as one statement: one round trip, and a transaction by itself.
 * INVARIANT: every part depends on `advanced`, so that a wrong size or epoch changes nothing at all.
 */
const text = `WITH advanced AS (
  UPDATE narrowgate.meta SET size = $3, frontier = $4 WHERE id = 0 AND size = $1 AND epoch = $2 RETURNING 1
), add_entry AS (
  INSERT INTO narrowgate.entry (idx, leaf, txn_prev, agent_prev)
  SELECT * FROM unnest($5::bigint[], $6::bytea[], $7::bigint[], $8::bigint[]) WHERE EXISTS (SELECT FROM advanced)
), set_head AS (
  INSERT INTO narrowgate.head AS h (kind, id, seq, hash, idx)
  SELECT * FROM unnest($9::text[], $10::text[], $11::bigint[], $12::text[], $13::bigint[])
  WHERE EXISTS (SELECT FROM advanced)
  ON CONFLICT (kind, id) DO UPDATE SET seq = EXCLUDED.seq, hash = EXCLUDED.hash, idx = EXCLUDED.idx
), add_sealed AS (
  INSERT INTO narrowgate.sealed (idx, part, key_id, ciphertext)
  SELECT * FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::bytea[]) WHERE EXISTS (SELECT FROM advanced)
), add_tile AS (
  INSERT INTO narrowgate.tile (level, idx, hashes)
  SELECT * FROM unnest($18::bigint[], $19::bigint[], $20::bytea[]) WHERE EXISTS (SELECT FROM advanced)
), set_state AS (
  INSERT INTO narrowgate.state AS s (room, key, value)
  SELECT * FROM unnest($21::text[], $22::text[], $23::text[]) WHERE EXISTS (SELECT FROM advanced)
  ON CONFLICT (room, key) DO UPDATE SET value = EXCLUDED.value
), delete_state AS (
  DELETE FROM narrowgate.state AS s USING unnest($24::text[], $25::text[]) AS d (room, key)
  WHERE s.room = d.room AND s.key = d.key AND EXISTS (SELECT FROM advanced)
), erase AS (
  DELETE FROM narrowgate.sealed WHERE key_id = ANY ($26::text[]) AND EXISTS (SELECT FROM advanced)
) SELECT count(*) AS advanced FROM advanced`;

/** A prepared statement with its values, as `pg` takes it. */
export interface PostgresQuery {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/**
 * Writes a checked batch as one statement. It returns a row whose `advanced` is 1 when the batch was applied, else 0.
 * @param size - size of the log after the batch
 * @param epoch - fencing epoch under which this process holds the store
 */
export function commitStatement(batch: Batch, size: number, epoch: number): PostgresQuery {
  // One statement changes a row once: of several changes to one row the last counts, as if done in order.
  const heads = lastOfEach(batch.heads, (row: HeadRow) => `${row.kind} ${row.id}`);
  const state = lastOfEach(batch.state, (row: StateRow) => `${row.room}\0${row.key}`);
  const kept = state.filter((row) => row.value !== null);
  const gone = state.filter((row) => row.value === null);
  const erased = new Set(batch.eraseKeys);
  const sealed = batch.sealed.filter((row) => !erased.has(row.keyId));
  const values: unknown[] = [
    ...[batch.expectedSize, epoch, size, batch.frontier],
    ...columns(batch.entries, ["index", "leaf", "txnPrevious", "agentPrevious"]),
    ...columns(heads, ["kind", "id", "seq", "hash", "index"]),
    ...[sealed.map((row) => row.index), sealed.map((row) => sealedParts.indexOf(row.part))],
    ...columns(sealed, ["keyId", "ciphertext"]),
    ...columns(batch.tiles, ["level", "index", "hashes"]),
    ...columns(kept, ["room", "key", "value"]),
    ...columns(gone, ["room", "key"]),
    [...erased],
  ];
  return { name: "commit", text, values };
}

function columns<Row>(rows: readonly Row[], names: readonly (keyof Row)[]): unknown[][] {
  return names.map((name) => rows.map((row) => row[name]));
}

function lastOfEach<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}
