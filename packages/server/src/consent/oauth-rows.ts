import { hash } from "node:crypto";
import type { EvidenceSink, StateChange, StateReader } from "@narrowgate/contracts";
import {
  type Clock,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  readInteger,
  readObject,
} from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";
import { currentTurn } from "./token-turn.ts";

/** Room of the state table that holds consents, grants and refresh tokens. */
export const OAUTH_ROOM = "oauth";
/** Rows of one kind in memory; strangers can make pushed requests and interactions. */
const MAX_ROWS = 20_000;

/** What is kept over a restart; all else lives minutes. */
const DURABLE: ReadonlySet<string> = new Set(["Grant", "RefreshToken"]);

/** A row as the provider hands it over: JSON, by its own promise. */
export type Payload = JsonObject;

interface Row {
  payload: Payload;
  readonly expiresAtMs: number;
}

/** What came of using something that may be used once. */
export type Consumption = "first" | "again";

/** What the rows need. */
export interface RowPorts {
  readonly clock: Clock;
  readonly evidence: Pick<EvidenceSink, "record">;
  readonly state: StateReader;
}

function keyOf(kind: string, id: string): string {
  // Ids of codes and refresh tokens are the secrets themselves: by digest, so that none is at rest.
  return `${kind}/${hash("sha256", id, "base64url")}`;
}

/**
 * What the provider keeps, in memory; grants and refresh tokens are rows of the state table too.
 * INVARIANT: in a token turn nothing is written: what changes is handed to the mint, for one commit.
 */
export class OauthRows {
  readonly #ports: RowPorts;
  readonly #kinds = new Map<string, Map<string, Row>>();

  constructor(ports: RowPorts) {
    this.#ports = ports;
  }

  /** Reads what was kept. @throws NarrowgateError `malformed_input` */
  async load(): Promise<void> {
    for (const kind of DURABLE) {
      const kept = await loadRows(
        this.#ports.state,
        OAUTH_ROOM,
        (value, path, key) => [key, readRow(value, path)] as const,
        { prefix: `${kind}/` },
      );
      for (const [key, row] of kept) this.#rows(kind).set(key, row);
    }
  }

  /** @throws NarrowgateError `overloaded` */
  async put(kind: string, id: string, payload: Payload, lifeSeconds: number): Promise<void> {
    const rows = this.#rows(kind);
    const key = keyOf(kind, id);
    if (rows.size >= MAX_ROWS) await this.sweep();
    if (rows.size >= MAX_ROWS)
      throw new NarrowgateError("overloaded", "too many requests are open; try later");
    const { jti: _secret, ...kept } = payload;
    const row = { payload: kept, expiresAtMs: this.#ports.clock.nowMs() + lifeSeconds * 1000 };
    const before = rows.get(key);
    rows.set(key, row);
    await this.#keep(kind, [{ room: OAUTH_ROOM, key, value: { ...row } }], () => {
      if (rows.get(key) !== row) return;
      if (before === undefined) rows.delete(key);
      else rows.set(key, before);
    });
  }

  find(kind: string, id: string): Payload | undefined {
    const row = this.#rows(kind).get(keyOf(kind, id));
    return row === undefined || row.expiresAtMs <= this.#ports.clock.nowMs()
      ? undefined
      : { ...row.payload, jti: id };
  }

  /** Marks it used. ORDER: looked at and marked in one turn of the loop, so that of two at once one is the first. */
  async consume(kind: string, id: string): Promise<Consumption> {
    const key = keyOf(kind, id);
    const row = this.#rows(kind).get(key);
    if (row === undefined || row.payload["consumed"] !== undefined) return "again";
    const before = row.payload;
    row.payload = { ...before, consumed: Math.floor(this.#ports.clock.nowMs() / 1000) };
    await this.#keep(kind, [{ room: OAUTH_ROOM, key, value: { ...row } }], () => {
      row.payload = before;
    });
    return "first";
  }

  /** Drops one row, for good: no turn brings it back. */
  async drop(kind: string, id: string): Promise<void> {
    await this.#forget(kind, [keyOf(kind, id)]);
  }

  /** Drops all of a kind that came of one consent, for good. */
  async dropOfConsent(kind: string, consent: string): Promise<void> {
    const own = [...this.#rows(kind)].filter(([, { payload }]) => payload["grantId"] === consent);
    await this.#forget(
      kind,
      own.map(([key]) => key),
    );
  }

  async #forget(kind: string, keys: readonly string[]): Promise<void> {
    const rows = this.#rows(kind);
    const gone = keys.filter((key) => rows.delete(key));
    if (!DURABLE.has(kind) || gone.length === 0) return;
    const changes = gone.map((key) => ({ room: OAUTH_ROOM, key, value: null }));
    await this.#ports.evidence.record([], changes).durable;
  }

  async #keep(kind: string, changes: readonly StateChange[], undo: () => void): Promise<void> {
    const turn = currentTurn();
    turn?.undo.push(undo);
    if (!DURABLE.has(kind)) return;
    if (turn === undefined) await this.#ports.evidence.record([], changes).durable;
    else turn.changes.push(...changes);
  }

  #rows(kind: string): Map<string, Row> {
    const known = this.#kinds.get(kind) ?? new Map<string, Row>();
    this.#kinds.set(kind, known);
    return known;
  }

  /** Forgets what is over. */
  async sweep(): Promise<void> {
    const nowMs = this.#ports.clock.nowMs();
    for (const [kind, rows] of this.#kinds) {
      const over = [...rows].filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs);
      await this.#forget(
        kind,
        over.map(([key]) => key),
      );
    }
  }
}

function readRow(value: JsonValue, path: string): Row {
  const { payload, expiresAtMs } = readObject(value, path, ["payload", "expiresAtMs"]);
  const isObject = typeof payload === "object" && payload !== null && !Array.isArray(payload);
  if (!isObject) throw new NarrowgateError("malformed_input", `${path}/payload must be an object`);
  return {
    payload: Object.fromEntries(Object.entries(payload)),
    expiresAtMs: readInteger(expiresAtMs, `${path}/expiresAtMs`, { min: 0 }),
  };
}
