import {
  type JsonObject,
  type JsonValue,
  readArray,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import { getJson, type Outcome } from "./outcome.ts";

/** An agent, as a line of the list. */
export interface AgentLine {
  readonly id: string;
  readonly tier: string;
  readonly owner: string;
  readonly state: string;
  /** Unix seconds. */
  readonly expires: number;
  readonly servers: readonly string[];
}

/** A workload that runs as an agent. */
export interface AgentInstance {
  readonly ref: string;
  readonly name: string;
  readonly method: string;
  readonly assurance: string;
  readonly state: string;
  readonly lastMs: number;
}

/** One agent. */
export interface AgentSheet extends AgentLine {
  readonly deputy: string;
  readonly purpose: string;
  readonly delegates: readonly string[];
  readonly ceiling: readonly JsonObject[];
  readonly instances: readonly AgentInstance[];
}

/** What a person let an agent do. */
export interface PersonConsent {
  readonly agent: string;
  readonly mandate: string;
  readonly txn: string;
  readonly redirectHost: string;
  /** Unix milliseconds, as below. */
  readonly atMs: number;
  readonly expiresAtMs: number;
  readonly lastUsedMs: number | undefined;
}

/** A person who may sign in or approve. */
export interface PersonLine {
  readonly ref: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Of each passkey the model of its authenticator. */
  readonly passkeys: readonly string[];
  readonly consentCount: number;
  /** The youngest of them. */
  readonly consents: readonly PersonConsent[];
}

/** Part of a list. */
export interface RollPage<T> {
  readonly rows: readonly T[];
  readonly next: string | undefined;
}

function readText(value: unknown, path: string): string {
  return readString(value, path, { max: 65_536 });
}

const lineMembers = ["id", "tier", "owner", "state", "expires", "servers"];

function lineOf(row: Record<string, unknown>, path: string): AgentLine {
  const member = (name: string): string => readText(row[name], `${path}/${name}`);
  return {
    id: member("id"),
    tier: member("tier"),
    owner: member("owner"),
    state: member("state"),
    expires: readInteger(row["expires"], `${path}/expires`),
    servers: readArray(row["servers"], `${path}/servers`, readText),
  };
}

function readInstance(value: unknown, path: string): AgentInstance {
  const row = readObject(value, path, ["ref", "name", "method", "assurance", "state", "lastMs"]);
  return {
    ref: readText(row.ref, `${path}/ref`),
    name: readText(row.name, `${path}/name`),
    method: readText(row.method, `${path}/method`),
    assurance: readText(row.assurance, `${path}/assurance`),
    state: readText(row.state, `${path}/state`),
    lastMs: readInteger(row.lastMs, `${path}/lastMs`),
  };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readSheet(value: JsonValue): AgentSheet {
  const more = ["deputy", "purpose", "delegates", "ceiling", "instances"];
  const row = readObject(value, "", [...lineMembers, ...more]);
  const { ceiling } = isObject(value) ? value : {};
  return {
    ...lineOf(row, ""),
    deputy: readText(row["deputy"], "/deputy"),
    purpose: readText(row["purpose"], "/purpose"),
    delegates: readArray(row["delegates"], "/delegates", readText),
    ceiling: Array.isArray(ceiling) ? ceiling.filter(isObject) : [],
    instances: readArray(row["instances"], "/instances", readInstance),
  };
}

function readConsent(value: unknown, path: string): PersonConsent {
  const members = ["agent", "mandate", "txn", "redirectHost", "atMs", "expiresAtMs", "lastUsedMs"] as const;
  const row = readObject(value, path, members);
  return {
    agent: readText(row.agent, `${path}/agent`),
    mandate: readText(row.mandate, `${path}/mandate`),
    txn: readText(row.txn, `${path}/txn`),
    redirectHost: readText(row.redirectHost, `${path}/redirectHost`),
    atMs: readInteger(row.atMs, `${path}/atMs`),
    expiresAtMs: readInteger(row.expiresAtMs, `${path}/expiresAtMs`),
    lastUsedMs: readOptional(row.lastUsedMs, (member) => readInteger(member, `${path}/lastUsedMs`)),
  };
}

function readPerson(value: unknown, path: string): PersonLine {
  const row = readObject(value, path, ["ref", "name", "roles", "passkeys", "consentCount", "consents"]);
  return {
    ref: readText(row.ref, `${path}/ref`),
    name: readText(row.name, `${path}/name`),
    roles: readArray(row.roles, `${path}/roles`, readText),
    passkeys: readArray(row.passkeys, `${path}/passkeys`, readText),
    consentCount: readInteger(row.consentCount, `${path}/consentCount`),
    consents: readArray(row.consents, `${path}/consents`, readConsent),
  };
}

function listOf<T>(
  name: string,
  readRow: (value: unknown, path: string) => T,
): (after: string | undefined, signal: AbortSignal) => Promise<Outcome<RollPage<T>>> {
  const read = (value: JsonValue): RollPage<T> => {
    const row = readObject(value, "", [name, "next"]);
    return {
      rows: readArray(row[name], `/${name}`, readRow),
      next: readOptional(row["next"], (member) => readText(member, "/next")),
    };
  };
  return (after, signal) => {
    const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    return getJson(`/api/${name}${query}`, read, signal);
  };
}

/** Agents by id, fifty at a time. */
export const listAgents: (
  after: string | undefined,
  signal: AbortSignal,
) => Promise<Outcome<RollPage<AgentLine>>> = listOf("agents", (value, path) =>
  lineOf(readObject(value, path, lineMembers), path),
);

/** People, fifty at a time. */
export const listPeople: (
  after: string | undefined,
  signal: AbortSignal,
) => Promise<Outcome<RollPage<PersonLine>>> = listOf("people", readPerson);

/** One agent. */
export function readAgent(id: string, signal: AbortSignal): Promise<Outcome<AgentSheet>> {
  return getJson(`/api/agents/${encodeURIComponent(id)}`, readSheet, signal);
}
