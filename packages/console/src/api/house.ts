import { errorRow, isErrorCode } from "@narrowgate/contracts";
import {
  type JsonValue,
  readArray,
  readBoolean,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { getJson, type Outcome } from "./outcome.ts";

/** How a witness stands. */
export interface Witness {
  readonly name: string;
  readonly last: "cosigned" | "refused" | "unavailable" | "unasked";
  readonly behind: number;
}

/** What runs, and how the log stands, as the server tells it. */
export interface Overview {
  readonly environment: string;
  readonly active: number;
  readonly suspended: number;
  readonly mandatesOpen: number;
  readonly policy: "none" | "in_force" | "rejected";
  readonly log: { readonly size: number; readonly published: number; readonly witnessed: number };
  readonly witnesses: readonly Witness[];
}

/** A call that waits for people. */
export interface WaitingCall {
  readonly id: string;
  readonly agent: string;
  readonly subject: string;
  readonly server: string;
  readonly operation: string;
  readonly effect: string;
  readonly requires: readonly string[];
  readonly missing: readonly string[];
  readonly askedAtMs: number;
  readonly notAfterMs: number;
  readonly url: string;
}

/** What waits for people, oldest first. */
export interface Waiting {
  /** Whether there is a place at which people approve. */
  readonly isSetUp: boolean;
  /** How many wait, listed or not. */
  readonly total: number;
  readonly approvals: readonly WaitingCall[];
}

/** A refused decision, by what its leaf says in the open. */
export interface Refusal {
  readonly entry: string;
  readonly txn: string | undefined;
  readonly atMs: number;
  readonly action: string;
  readonly code: string;
  /** What the code means. */
  readonly sentence: string;
}

const text = { max: 65_536 };

function readText(value: unknown, path: string): string {
  return readString(value, path, text);
}

function readWitness(value: unknown, path: string): Witness {
  const row = readObject(value, path, ["name", "last", "behind"]);
  return {
    name: readText(row.name, `${path}/name`),
    last: readEnum(row.last, `${path}/last`, ["cosigned", "refused", "unavailable", "unasked"]),
    behind: readInteger(row.behind, `${path}/behind`),
  };
}

function readOverview(value: JsonValue): Overview {
  const row = readObject(value, "", ["environment", "agents", "mandatesOpen", "policy", "log", "witnesses"]);
  const agents = readObject(row.agents, "/agents", ["active", "suspended"]);
  const log = readObject(row.log, "/log", ["size", "published", "witnessed"]);
  return {
    environment: readText(row.environment, "/environment"),
    active: readInteger(agents.active, "/agents/active"),
    suspended: readInteger(agents.suspended, "/agents/suspended"),
    mandatesOpen: readInteger(row.mandatesOpen, "/mandatesOpen"),
    policy: readEnum(row.policy, "/policy", ["none", "in_force", "rejected"]),
    log: {
      size: readInteger(log.size, "/log/size"),
      published: readInteger(log.published, "/log/published"),
      witnessed: readInteger(log.witnessed, "/log/witnessed"),
    },
    witnesses: readArray(row.witnesses, "/witnesses", readWitness),
  };
}

const callMembers = [
  "id",
  "agent",
  "subject",
  "server",
  "operation",
  "effect",
  "requires",
  "missing",
  "askedAtMs",
  "notAfterMs",
  "url",
];

/** An address to follow: http or https and nothing else. @throws `malformed_input` */
function readAddress(value: unknown, path: string): string {
  return readString(value, path, { max: 4096, pattern: /^https?:\/\/[\x21-\x7e]+$/ });
}

function readCall(value: unknown, path: string): WaitingCall {
  const row = readObject(value, path, callMembers);
  const member = (name: string): string => readText(row[name], `${path}/${name}`);
  return {
    id: member("id"),
    agent: member("agent"),
    subject: member("subject"),
    server: member("server"),
    operation: member("operation"),
    effect: member("effect"),
    requires: readArray(row.requires, `${path}/requires`, readText),
    missing: readArray(row.missing, `${path}/missing`, readText),
    askedAtMs: readInteger(row.askedAtMs, `${path}/askedAtMs`),
    notAfterMs: readInteger(row.notAfterMs, `${path}/notAfterMs`),
    url: readAddress(row.url, `${path}/url`),
  };
}

function readWaiting(value: JsonValue): Waiting {
  const row = readObject(value, "", ["isSetUp", "total", "approvals"]);
  return {
    isSetUp: readBoolean(row.isSetUp, "/isSetUp"),
    total: readInteger(row.total, "/total"),
    approvals: readArray(row.approvals, "/approvals", readCall),
  };
}

function readRefusal(value: unknown, path: string): Refusal {
  const row = readObject(value, path, ["entry", "txn", "atMs", "action", "code"]);
  const code = readText(row.code, `${path}/code`);
  return {
    entry: readText(row.entry, `${path}/entry`),
    txn: readOptional(row.txn, (member) => readText(member, `${path}/txn`)),
    atMs: readInteger(row.atMs, `${path}/atMs`),
    action: readText(row.action, `${path}/action`),
    code,
    sentence: isErrorCode(code) ? errorRow(code).sentence : "",
  };
}

/** What runs, and how the log stands. */
export function readHouse(signal: AbortSignal): Promise<Outcome<Overview>> {
  return getJson("/api/overview", readOverview, signal);
}

/** What waits for people. */
export function listWaiting(signal: AbortSignal): Promise<Outcome<Waiting>> {
  return getJson("/api/approvals", readWaiting, signal);
}

/** What was refused lately, youngest first. */
export function listRefusals(signal: AbortSignal): Promise<Outcome<readonly Refusal[]>> {
  const read = (value: JsonValue): readonly Refusal[] =>
    readArray(readObject(value, "", ["refusals"]).refusals, "/refusals", readRefusal);
  return getJson("/api/refusals", read, signal);
}
