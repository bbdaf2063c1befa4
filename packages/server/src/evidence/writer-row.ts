import { ENVIRONMENTS, type Environment } from "@narrowgate/contracts";
import {
  canonicalJson,
  NarrowgateError,
  parseStrictJson,
  readEnum,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import type { StateRow, Store } from "../platform/store/store.ts";
import { stateRolledBack } from "./errors.ts";
import { EMPTY_FEED, type Feed } from "./feed.ts";
import { ROOM_EVIDENCE } from "./rooms.ts";

/** Who writes this log. Fixed at creation. */
export interface WriterIdentity {
  readonly writerId: string;
  readonly origin: string;
  readonly environment: Environment;
}

/** The row that names the writer. */
export function writerRow({ writerId, origin, environment }: WriterIdentity): StateRow {
  return { room: ROOM_EVIDENCE, key: "writer", value: canonicalJson({ environment, origin, writerId }) };
}

/** The row that says whether the last writer ended in order. */
export function cleanRow(clean: boolean): StateRow {
  return { room: ROOM_EVIDENCE, key: "clean", value: String(clean) };
}

/** @throws `store_missing` when the store holds no log */
export async function loadWriter(store: Store): Promise<WriterIdentity> {
  const text = await store.get(ROOM_EVIDENCE, "writer");
  if (text === null) throw new NarrowgateError("store_missing", "the store holds no log");
  const row = readObject(parseStrictJson(text), "", ["environment", "origin", "writerId"]);
  return {
    writerId: readString(row.writerId, "/writerId"),
    origin: readString(row.origin, "/origin"),
    environment: readEnum(row.environment, "/environment", ENVIRONMENTS),
  };
}

/** Tells whether the last writer ended in order. */
export async function loadClean(store: Store): Promise<boolean> {
  return (await store.get(ROOM_EVIDENCE, "clean")) === "true";
}

/** @throws `state_rolled_back`, `malformed_input` when the row is damaged */
export async function loadFeed(store: Store): Promise<Feed> {
  const text = await store.get(ROOM_EVIDENCE, "feed");
  if (text === null) return EMPTY_FEED;
  const row = readObject(parseStrictJson(text), "", ["position", "digest", "all"]);
  const feed = {
    position: readInteger(row.position, "/position"),
    digest: readString(row.digest, "/digest"),
    all: readInteger(row.all, "/all"),
  };
  if (feed.position === 0) throw stateRolledBack("the feed row is damaged");
  return feed;
}
