import {
  type JsonObject,
  type JsonValue,
  readArray,
  readBoolean,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { getJson, type Outcome, refusalMessage } from "./outcome.ts";

/** What somebody let an agent do. */
export interface OwnConsent {
  readonly mandate: string;
  readonly agent: string;
  readonly client: string;
  /** What a program that registered itself calls itself; nobody checked. Absent for all others. */
  readonly selfName: string | undefined;
  /** Host the browser went to; empty where there was none. */
  readonly redirectHost: string;
  readonly purpose: string;
  readonly caseId: string | undefined;
  /** Authorization details. */
  readonly details: readonly JsonObject[];
  /** Unix milliseconds, as below. */
  readonly atMs: number;
  readonly expiresMs: number;
  /** Whether the agent has fetched a token with it. */
  readonly isUsed: boolean;
  readonly lastUsedMs: number | undefined;
}

/** A question that waits for an answer. */
export interface WaitingConsent {
  readonly id: string;
  readonly client: string;
  /** In the agent's own words. */
  readonly message: string | undefined;
  /** Path of the page on which it is answered. */
  readonly page: string;
  readonly expiresMs: number;
}

/** What one person consented to, youngest first, and what waits for her. */
export interface OwnConsents {
  readonly name: string;
  /** How many stand, listed or not. */
  readonly total: number;
  readonly consents: readonly OwnConsent[];
  readonly waiting: readonly WaitingConsent[];
}

function readText(value: unknown, path: string): string {
  return readString(value, path);
}

/** Null where nothing is said. */
function readSaid<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === null ? undefined : read(value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function detailsOf(value: JsonValue): readonly JsonObject[] {
  const authority = isObject(value) ? value["authority"] : undefined;
  const details = isObject(authority) ? authority["authorization_details"] : undefined;
  return Array.isArray(details) ? details.filter(isObject) : [];
}

const consentMembers = [
  "mandate",
  "txn",
  "agent",
  "client_id",
  "untrusted_name",
  "redirect_host",
  "purpose",
  "case",
  "authority",
  "at_ms",
  "expires_ms",
  "is_used",
  "last_used_ms",
];

function readConsent(value: JsonValue, path: string): OwnConsent {
  const row = readObject(value, path, consentMembers);
  const text = (name: string): string => readText(row[name], `${path}/${name}`);
  const time = (name: string): number => readInteger(row[name], `${path}/${name}`);
  return {
    mandate: text("mandate"),
    agent: text("agent"),
    client: text("client_id"),
    selfName: readSaid(row["untrusted_name"], () => text("untrusted_name")),
    redirectHost: text("redirect_host"),
    purpose: text("purpose"),
    caseId: readSaid(row["case"], () => text("case")),
    details: detailsOf(value),
    atMs: time("at_ms"),
    expiresMs: time("expires_ms"),
    isUsed: readBoolean(row["is_used"], `${path}/is_used`),
    lastUsedMs: readSaid(row["last_used_ms"], () => time("last_used_ms")),
  };
}

function readWaiting(value: unknown, path: string): WaitingConsent {
  const row = readObject(value, path, ["id", "client_id", "untrusted_message", "page", "expires_ms"]);
  return {
    id: readText(row.id, `${path}/id`),
    client: readText(row.client_id, `${path}/client_id`),
    message: readSaid(row.untrusted_message, (said) => readText(said, `${path}/untrusted_message`)),
    page: readString(row.page, `${path}/page`, {
      max: 256,
      pattern: /^\/people\/consents\/waiting\/[\w-]+$/,
    }),
    expiresMs: readInteger(row.expires_ms, `${path}/expires_ms`),
  };
}

function readOwn(value: JsonValue): OwnConsents {
  const row = readObject(value, "", ["name", "total", "consents", "waiting"]);
  const { consents } = isObject(value) ? value : {};
  return {
    name: readText(row.name, "/name"),
    total: readInteger(row.total, "/total"),
    consents: (Array.isArray(consents) ? consents : []).map((one, i) => readConsent(one, `/consents/${i}`)),
    waiting: readArray(row.waiting, "/waiting", readWaiting),
  };
}

/** What the person at this browser consented to. Signed out means: as a person; an operator's code is none. */
export function listOwnConsents(signal: AbortSignal): Promise<Outcome<OwnConsents>> {
  return getJson("/people/consents", readOwn, signal);
}

/** What came of taking a consent back. */
export type Withdrawal =
  | { readonly kind: "withdrawn" }
  | { readonly kind: "signed-out" }
  | { readonly kind: "failed"; readonly message: string };

/** Takes a consent back: its mandate is closed before this resolves. */
export async function withdrawConsent(mandate: string): Promise<Withdrawal> {
  try {
    const response = await fetch("/people/consents/withdraw", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ mandate }),
    });
    if (response.ok) return { kind: "withdrawn" };
    if (response.status === 401) return { kind: "signed-out" };
    return { kind: "failed", message: await refusalMessage(response) };
  } catch {
    return { kind: "failed", message: "The server cannot be reached. Nothing is known to have changed." };
  }
}
