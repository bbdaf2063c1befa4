import {
  DATA_CLASSES,
  parseAction,
  parseDeclassification,
  ROLES,
  type StateChange,
  type StateReader,
} from "@narrowgate/contracts";
import {
  type JsonValue,
  readArray,
  readBoolean,
  readEnum,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";
import type { ApprovalRequest, AskedMatter, GivenSignature } from "./approval-request.ts";

/** Room of the state table that holds open requests. */
export const APPROVAL_ROOM = "approval";

const MEMBERS = [
  "id",
  "handle",
  "action",
  "nonce",
  "requires",
  "decision",
  "reason",
  "policy",
  "read",
  "agentRef",
  "barred",
  "rests",
  "askedAtMs",
  "notAfterMs",
  "given",
] as const;

/** The row that keeps a request. */
export function rowOf(request: ApprovalRequest): StateChange {
  const { requires, barred, rests, given, ...rest } = request;
  const value = {
    ...rest,
    requires: [...requires],
    barred: [...barred],
    rests: rests.map(([kindRef, epoch]) => [kindRef, epoch]),
    given: given.map((one) => ({ ...one })),
  };
  return { room: APPROVAL_ROOM, key: request.id, value };
}

/** The row of a request that has ended. */
export function goneRow({ id }: Pick<ApprovalRequest, "id">): StateChange {
  return { room: APPROVAL_ROOM, key: id, value: null };
}

function readGiven(value: unknown, path: string): GivenSignature {
  const row = readObject(value, path, ["entry", "role", "slot", "person"]);
  return {
    entry: readString(row.entry, `${path}/entry`),
    role: readEnum(row.role, `${path}/role`, ROLES),
    slot: readInteger(row.slot, `${path}/slot`, { min: 1, max: 9 }),
    person: readString(row.person, `${path}/person`),
  };
}

function readPair(value: unknown, path: string): readonly [string, number] {
  const [kindRef, epoch] = Array.isArray(value) ? value : [];
  return [readString(kindRef, `${path}/0`), readInteger(epoch, `${path}/1`, { min: 0 })];
}

function readAsked(value: unknown): AskedMatter {
  const isAnswer = typeof value === "object" && value !== null && "outcome" in value;
  return isAnswer ? parseDeclassification(value) : parseAction(value);
}

function parseRequest(value: JsonValue, path: string): ApprovalRequest {
  const row = readObject(value, path, MEMBERS);
  const text = (name: (typeof MEMBERS)[number]): string => readString(row[name], `${path}/${name}`);
  const texts = (name: (typeof MEMBERS)[number]): readonly string[] =>
    readArray(row[name], `${path}/${name}`, (item, at) => readString(item, at));
  const read = readObject(row.read, `${path}/read`, ["class", "untrusted"]);
  return {
    id: text("id"),
    handle: text("handle"),
    action: readAsked(row.action),
    nonce: text("nonce"),
    requires: texts("requires"),
    decision: text("decision"),
    reason: text("reason"),
    policy: text("policy"),
    read: {
      class: readEnum(read.class, `${path}/read/class`, DATA_CLASSES),
      untrusted: readBoolean(read.untrusted, `${path}/read/untrusted`),
    },
    agentRef: text("agentRef"),
    barred: texts("barred"),
    rests: readArray(row.rests, `${path}/rests`, readPair),
    askedAtMs: readInteger(row.askedAtMs, `${path}/askedAtMs`),
    notAfterMs: readInteger(row.notAfterMs, `${path}/notAfterMs`),
    given: readArray(row.given, `${path}/given`, readGiven),
  };
}

/** Every open request. @throws NarrowgateError `malformed_input` when a row is not what we wrote */
export function loadRequests(state: StateReader): Promise<readonly ApprovalRequest[]> {
  return loadRows(state, APPROVAL_ROOM, parseRequest);
}
