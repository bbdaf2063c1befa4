import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { StateChange, StateReader } from "@narrowgate/contracts";
import { type JsonValue, NarrowgateError, readInteger, readObject, readString } from "@narrowgate/kernel";

/** Room of the state table; key is the handle of a code. */
export const JOIN_CODE_ROOM = "join-code";
/** A code nobody used is void after this time. */
export const JOIN_CODE_LIFE_MS: number = 15 * 60_000;
/** Wrong tries with a code's handle, all together, before it is void. */
export const MAX_WRONG_TRIES = 5;
const MAX_OPEN_CODES = 1000;
const FORM = /^([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{22})$/;

/** What is kept of a code: never the code. */
export interface JoinCode {
  /** First part of the code: it says which one is meant, and is no secret. */
  readonly handle: string;
  /** Agent id. */
  readonly agent: string;
  /** Ref of the operator who gave it. */
  readonly operator: string;
  readonly salt: string;
  /** SHA-256 of salt and secret; the secret has 128 random bits. */
  readonly digest: string;
  readonly expiresMs: number;
  readonly wrong: number;
}

/** The open codes in memory. Each change is a state change that the caller records, then a call of `put` or `remove`. */
export interface JoinCodes {
  /** Makes a code. @throws `overloaded` when 1,000 are open */
  make(
    agent: string,
    operator: string,
    nowMs: number,
  ): { readonly code: JoinCode; readonly text: string; readonly expired: readonly JoinCode[] };
  /** The code that a text names; its secret may be wrong. */
  find(text: string): JoinCode | undefined;
  put(code: JoinCode): void;
  remove(code: JoinCode): void;
}

function digestOf(salt: string, secret: string): string {
  return hash("sha256", `narrowgate/join-code/v1\n${salt}\n${secret}`, "base64url");
}

/** Is this the code's secret? In constant time. Trust: `text` is attacker-controlled. */
export function isSecretOf(code: JoinCode, text: string): boolean {
  const secret = FORM.exec(text)?.[2] ?? "";
  const shown = digestOf(code.salt, secret);
  return timingSafeEqual(Buffer.from(shown), Buffer.from(code.digest));
}

/** The row that keeps a code. */
export function keptRow({ handle, ...row }: JoinCode): StateChange {
  return { room: JOIN_CODE_ROOM, key: handle, value: row };
}

/** The row change that ends a code. */
export function endedRow({ handle }: JoinCode): StateChange {
  return { room: JOIN_CODE_ROOM, key: handle, value: null };
}

function parseRow(handle: string, value: JsonValue): JoinCode {
  const path = `/${JOIN_CODE_ROOM}/${handle}`;
  const row = readObject(value, path, ["agent", "operator", "salt", "digest", "expiresMs", "wrong"]);
  return {
    handle,
    agent: readString(row.agent, `${path}/agent`, { min: 1, max: 128 }),
    operator: readString(row.operator, `${path}/operator`, { min: 1, max: 128 }),
    salt: readString(row.salt, `${path}/salt`, { min: 22, max: 22 }),
    digest: readString(row.digest, `${path}/digest`, { min: 43, max: 43 }),
    expiresMs: readInteger(row.expiresMs, `${path}/expiresMs`),
    wrong: readInteger(row.wrong, `${path}/wrong`, { max: MAX_WRONG_TRIES }),
  };
}

/** Loads the open codes. @throws `malformed_input` when a row is not what we wrote */
export async function loadJoinCodes(state: StateReader): Promise<JoinCodes> {
  const open = new Map<string, JoinCode>();
  // make() bounds their number.
  for (const { key, value } of await state.scan(JOIN_CODE_ROOM, { limit: MAX_OPEN_CODES }))
    open.set(key, parseRow(key, value));
  return {
    make(agent, operator, nowMs) {
      const expired = [...open.values()].filter(({ expiresMs }) => expiresMs <= nowMs);
      if (open.size - expired.length >= MAX_OPEN_CODES)
        throw new NarrowgateError("overloaded", "too many join codes are open; wait until some have expired");
      const [handle, secret, salt] = [9, 16, 16].map((size) => randomBytes(size).toString("base64url"));
      const code: JoinCode = {
        handle: handle ?? "",
        agent,
        operator,
        salt: salt ?? "",
        digest: digestOf(salt ?? "", secret ?? ""),
        expiresMs: nowMs + JOIN_CODE_LIFE_MS,
        wrong: 0,
      };
      return { code, text: `${code.handle}.${secret ?? ""}`, expired };
    },
    find: (text) => open.get(FORM.exec(text)?.[1] ?? ""),
    put: (code) => void open.set(code.handle, code),
    remove: ({ handle }) => void open.delete(handle),
  };
}
