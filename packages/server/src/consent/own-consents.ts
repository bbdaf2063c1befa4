import type { IncomingMessage } from "node:http";
import {
  type JsonObject,
  NarrowgateError,
  parseStrictJson,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { errorAnswer, type JsonAnswer, okAnswer } from "../platform/http/json-answer.ts";
import type { ConsentTable } from "./consent-table.ts";
import type { ConsentPorts, PersonHere } from "./ports.ts";
import { readRegistered } from "./registered-clients.ts";
import { type StandingConsent, standingConsents } from "./standing-consents.ts";
import { waitingPath } from "./waiting-consent.ts";
import type { Waiting, WaitingRequests } from "./waiting-requests.ts";

/** What the API stands on. */
export interface OwnConsentsRoom {
  readonly ports: ConsentPorts;
  readonly consents: ConsentTable;
  readonly waiting: WaitingRequests;
  readonly endConsent: (id: string) => Promise<void>;
}

/** Consents in one answer; the youngest are shown, and each that ends makes room for another. */
const MOST_SHOWN = 200;

function describe({ consent, mandate, lastUsedMs }: StandingConsent): JsonObject {
  const { document, txn } = mandate;
  const { agent, client, redirectHost, atMs, jkt } = consent;
  return {
    mandate: consent.mandate,
    txn,
    agent,
    client_id: client,
    /** What a client that registered itself calls itself; null for all others. */
    untrusted_name: readRegistered(client)?.name ?? null,
    redirect_host: redirectHost,
    purpose: document.purpose,
    case: document.intent?.case ?? null,
    authority: document.authority,
    at_ms: atMs,
    expires_ms: document.expires * 1000,
    is_used: jkt !== undefined,
    last_used_ms: lastUsedMs ?? null,
  };
}

function describeWaiting({ id, client, message, expiresAtMs }: Waiting): JsonObject {
  return {
    id,
    client_id: client,
    /** In the agent's own words. */
    untrusted_message: message ?? null,
    page: waitingPath(id),
    expires_ms: expiresAtMs,
  };
}

function listOwn({ ref, name }: PersonHere, room: OwnConsentsRoom): JsonAnswer {
  const own = standingConsents(room, ref);
  return okAnswer({
    name,
    total: own.length,
    consents: own.slice(0, MOST_SHOWN).map(describe),
    waiting: room.waiting.of(ref).map(describeWaiting),
  });
}

async function withdraw({ ref }: PersonHere, body: Uint8Array, room: OwnConsentsRoom): Promise<JsonAnswer> {
  const sent = readObject(parseStrictJson(body, { maxBytes: 1024, maxDepth: 2 }), "", ["mandate"]);
  const mandate = readString(sent.mandate, "/mandate", { min: 1, max: 64 });
  const consent = room.consents.byMandate(mandate);
  // One answer for another's and for none: nothing is learnt from it.
  if (consent?.person !== ref) throw new NarrowgateError("not_found", "you have given no such consent");
  await room.endConsent(consent.id);
  return okAnswer({ mandate, state: "closed" });
}

/** GET of what a person consented to, and what waits for her. */
export function ownConsents(request: IncomingMessage, room: OwnConsentsRoom): JsonAnswer {
  const person = room.ports.browser.current(request);
  return person === undefined ? errorAnswer("invalid_token", "sign in first") : listOwn(person, room);
}

/** POST that takes a consent back. The caller has checked that it comes from our own origin. */
export async function withdrawOwn(
  request: IncomingMessage,
  body: Uint8Array,
  room: OwnConsentsRoom,
): Promise<JsonAnswer> {
  const person = room.ports.browser.current(request);
  if (person === undefined) return errorAnswer("invalid_token", "sign in first");
  // A foreign page can send any other type without being asked first.
  if (request.headers["content-type"] !== "application/json")
    throw new NarrowgateError("malformed_input", "the content type must be application/json");
  return withdraw(person, body, room);
}
