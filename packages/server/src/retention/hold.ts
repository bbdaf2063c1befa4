import {
  type JsonValue,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import type { AboutTransaction } from "./ports.ts";

/** What a hold is over: one thing by its ref or id, or a time. */
export type HoldScope =
  | { readonly kind: "txn" | "agent" | "person"; readonly id: string; readonly name: string }
  | { readonly kind: "time"; readonly from: number; readonly to: number };

/** A legal hold. */
export interface Hold {
  readonly id: string;
  readonly scope: HoldScope;
  readonly reason: string;
  /** Ref of the operator who placed it. */
  readonly by: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Leaf that placed it, or ended it. */
  readonly entry: string;
  readonly ended?: { readonly by: string; readonly atMs: number; readonly reason: string };
}

/** Room of the state table that holds are kept in. */
export const HOLD_ROOM = "hold";

/** Whether a hold is over a transaction. One that has ended is over nothing. */
export function covers(hold: Hold, about: AboutTransaction): boolean {
  return hold.ended === undefined && isAbout(hold, about);
}

/** Whether a hold is about a transaction, whether or not it still stands. */
export function isAbout({ scope }: Pick<Hold, "scope">, about: AboutTransaction): boolean {
  switch (scope.kind) {
    case "txn":
      return about.txn === scope.id;
    case "agent":
      return about.agents.has(scope.id);
    case "person":
      return about.subjects.has(scope.id);
    case "time":
      return about.firstMs <= scope.to && about.lastMs >= scope.from;
  }
}

/** A hold as its leaf seals it and its row keeps it. */
export function holdDocument({ scope, reason, by, atMs, ended }: Hold): {
  readonly [name: string]: JsonValue;
} {
  return {
    scope: { ...scope },
    reason,
    by,
    at: atMs,
    ...(ended === undefined ? {} : { ended: { by: ended.by, at: ended.atMs, reason: ended.reason } }),
  };
}

const KINDS = ["agent", "person", "time", "txn"] as const;

function readScope(value: unknown, path: string): HoldScope {
  const { kind, id, name, from, to } = readObject(value, path, ["kind", "id", "name", "from", "to"]);
  const read = readEnum(kind, `${path}/kind`, KINDS);
  if (read === "time")
    return { kind: read, from: readInteger(from, `${path}/from`), to: readInteger(to, `${path}/to`) };
  return { kind: read, id: readString(id, `${path}/id`), name: readString(name, `${path}/name`) };
}

/** Reads a stored row. @throws NarrowgateError `malformed_input` */
export function readHold(id: string, value: unknown): Hold {
  const row = readObject(value, "", ["at", "by", "ended", "entry", "reason", "scope"]);
  const ended = readOptional(row.ended, (one) => {
    const { at, by, reason } = readObject(one, "/ended", ["at", "by", "reason"]);
    return {
      by: readString(by, "/ended/by"),
      atMs: readInteger(at, "/ended/at"),
      reason: readString(reason, "/ended/reason"),
    };
  });
  return {
    id,
    scope: readScope(row.scope, "/scope"),
    reason: readString(row.reason, "/reason"),
    by: readString(row.by, "/by"),
    atMs: readInteger(row.at, "/at"),
    entry: readString(row.entry, "/entry"),
    ...(ended === undefined ? {} : { ended }),
  };
}
