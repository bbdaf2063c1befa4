import {
  type EpochPair,
  type MandateRecord,
  parseMandateDocument,
  type StateReader,
  SUBJECT_BASES,
} from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  readArray,
  readEnum,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";

/** Room of the state table that holds open mandates. */
export const MANDATE_ROOM = "mandate";
const NAMES = [
  "id",
  "txn",
  "entry",
  "document",
  "digest",
  "subjectRef",
  "basis",
  "state",
  "openedAtMs",
  "rests",
  "groups",
];

/** A mandate as this room keeps it. */
export interface StoredMandate extends MandateRecord {
  /** Epochs, at its opening, of what it rests on: one that is raised ends it. */
  readonly rests: readonly EpochPair[];
}

/** A mandate as the state table keeps it. */
export function formatRecord(record: StoredMandate): JsonObject {
  const { id, txn, entry, document, digest, subjectRef, basis, state, openedAtMs } = record;
  const rests = record.rests.map((pair) => [...pair]);
  const groups = record.groups === undefined ? {} : { groups: [...record.groups] };
  return { id, txn, entry, document, digest, subjectRef, basis, state, openedAtMs, rests, ...groups };
}

function parsePair(value: unknown, path: string): EpochPair {
  const [kindRef, epoch] = readArray(value, path, (member) => member, { min: 2, max: 2 });
  return [
    readString(kindRef, `${path}/0`, { min: 1, max: 128 }),
    readInteger(epoch, `${path}/1`, { min: 0 }),
  ];
}

function parseRecord(value: JsonValue, path: string): StoredMandate {
  const row = readObject(value, path, NAMES);
  const text = (name: string): string => readString(row[name], `${path}/${name}`, { min: 0, max: 256 });
  return {
    id: text("id"),
    txn: text("txn"),
    entry: text("entry"),
    document: parseMandateDocument(row.document),
    digest: text("digest"),
    subjectRef: text("subjectRef"),
    basis: readEnum(row.basis, `${path}/basis`, SUBJECT_BASES),
    state: "open",
    openedAtMs: readInteger(row.openedAtMs, `${path}/openedAtMs`, { min: 0 }),
    rests: readArray(row.rests, `${path}/rests`, parsePair, { max: 8 }),
    ...(row.groups === undefined
      ? {}
      : { groups: readArray(row.groups, `${path}/groups`, (value, at) => readString(value, at)) }),
  };
}

/** All open mandates, in key order. @throws `malformed_input` when a row is not what we wrote */
export function loadMandates(state: StateReader): Promise<readonly StoredMandate[]> {
  return loadRows(state, MANDATE_ROOM, parseRecord);
}
