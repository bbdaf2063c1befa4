import { randomBytes } from "node:crypto";
import { NarrowgateError } from "@narrowgate/kernel";
import type Provider from "oidc-provider";
import { errors } from "oidc-provider";
import type { JsonAnswer } from "../platform/http/json-answer.ts";
import { type AskProvider, providerAsFunction } from "./ask-provider.ts";
import { askBeside, pushRequest } from "./client-requests.ts";
import { CONSENT_GRANTS, isOpenToRegistration } from "./consent-clients.ts";
import { ConsentTable } from "./consent-table.ts";
import { createProvider, type ProviderRoom, type WaitingRequest } from "./create-provider.ts";
import { OauthRows } from "./oauth-rows.ts";
import type { ConsentPorts } from "./ports.ts";
import { PreparedConsents } from "./prepared-consents.ts";
import { type ClientRequest, redeem } from "./redeem.ts";
import { registerClient } from "./register-client.ts";
import { type ConsentSite, createConsentSite } from "./serve-consent.ts";
import { type StandingConsent, standingConsents } from "./standing-consents.ts";
import { currentTurn } from "./token-turn.ts";
import { MAX_WAITING_FOR_ONE, WaitingRequests } from "./waiting-requests.ts";

/** Kinds of rows that came of a consent and go with it. */
const OF_CONSENT = ["AuthorizationCode", "RefreshToken", "BackchannelAuthenticationRequest"];

/** The consent room. */
export interface Consents {
  /** Whether a grant of the token endpoint is this room's. */
  isOwnGrant(grant: string): boolean;
  /** A request of such a grant at the token endpoint. */
  redeem(request: ClientRequest): Promise<JsonAnswer>;
  /** A pushed authorization request. */
  push(request: ClientRequest): Promise<JsonAnswer>;
  /** A request beside the browser (CIBA). */
  askBeside(request: ClientRequest): Promise<JsonAnswer>;
  /** Whether clients may register themselves at this moment. */
  isOpenToRegistration(): boolean;
  /** A client that registers itself. @throws `not_found` while that is closed; what registering throws */
  register(body: Uint8Array): JsonAnswer;
  /** What people consented to and did not take back, youngest first. */
  standing(): readonly StandingConsent[];
  /** The pages, and the authorization endpoint. */
  readonly site: ConsentSite;
  /** Forgets what is over, and ends consents whose mandates ended; compose calls it on a timer. */
  sweep(): Promise<void>;
}

interface Parts {
  readonly ports: ConsentPorts;
  readonly rows: OauthRows;
  readonly consents: ConsentTable;
  readonly waiting: WaitingRequests;
}

async function endConsent(id: string, { ports, rows, consents }: Parts): Promise<void> {
  const consent = consents.take(id);
  if (consent === undefined) return;
  // ORDER: the row goes last: after a crash on the way it is found again, and what is left is ended then.
  await ports.mandates.end(consent.mandate);
  await rows.drop("Grant", id);
  for (const kind of OF_CONSENT) await rows.dropOfConsent(kind, id);
  await consents.forget(id);
}

/** Who a hint names: a linked account, or her ref. */
function findHinted(hint: string, { ports, waiting }: Parts): string | undefined {
  const person = ports.people.byIdentity(hint) ?? ports.people.person(hint);
  if (person === undefined) return undefined;
  if (waiting.of(person.ref).length >= MAX_WAITING_FOR_ONE)
    throw new errors.AccessDenied("enough requests wait for this person already");
  return person.ref;
}

function takeWaiting(request: WaitingRequest, { waiting }: Parts): void {
  const turn = currentTurn();
  if (turn === undefined || !waiting.add(request, turn.jkt))
    throw new errors.InvalidRequest("the request cannot be put before the person");
}

function providerRoom(parts: Parts): ProviderRoom {
  const { ports, rows, consents } = parts;
  return {
    ports,
    rows,
    cookieKeys: [randomBytes(32).toString("base64url")],
    endConsent: (id) => endConsent(id, parts),
    bindKey: (id, jkt) => consents.bindKey(id, jkt),
    lifeOf(id) {
      const until = consents.get(id)?.expiresAtMs ?? 0;
      return Math.max(1, Math.floor((until - ports.clock.nowMs()) / 1000));
    },
    findHinted: (hint) => findHinted(hint, parts),
    onWaiting: (request) => takeWaiting(request, parts),
  };
}

/** The provider around the key that signs now. INVARIANT: all state is in the rows, so that another can take over. */
function providerOfKey(room: ProviderRoom): () => { readonly provider: Provider; readonly ask: AskProvider } {
  let current: { readonly kid: string; readonly provider: Provider; readonly ask: AskProvider } | undefined;
  return () => {
    const key = room.ports.signer();
    if (current?.kid === key.kid) return current;
    const provider = createProvider(room, key);
    current = { kid: key.kid, provider, ask: providerAsFunction(provider, room.ports.issuer) };
    return current;
  };
}

async function sweep(parts: Parts): Promise<void> {
  const { ports, rows, consents } = parts;
  for (const { id, mandate } of consents.list())
    if (ports.mandates.mandate(mandate)?.state !== "open") await endConsent(id, parts);
  await rows.sweep();
}

/** Opens the room: what was consented to is read before the first request is served. @throws NarrowgateError `malformed_input` */
export async function openConsents(ports: ConsentPorts): Promise<Consents> {
  const rows = new OauthRows(ports);
  const consents = new ConsentTable(ports.evidence);
  await rows.load();
  await consents.load(ports.state);
  const waiting = new WaitingRequests(ports.clock);
  const parts: Parts = { ports, rows, consents, waiting };
  const current = providerOfKey(providerRoom(parts));
  const room = {
    ...parts,
    provider: () => current().provider,
    ask: ((request) => current().ask(request)) satisfies AskProvider as AskProvider,
    prepared: new PreparedConsents(ports),
    askedWithKey: (id: string) => waiting.keyOf(id),
    endConsent: (id: string) => endConsent(id, parts),
  };
  return {
    isOwnGrant: (grant) => CONSENT_GRANTS.includes(grant),
    redeem: (request) => redeem(request, room),
    push: (request) => pushRequest(request, room),
    askBeside: (request) => askBeside(request, room),
    isOpenToRegistration: () => isOpenToRegistration(ports),
    register(body) {
      if (!isOpenToRegistration(ports))
        throw new NarrowgateError("not_found", "clients cannot register themselves");
      return registerClient(body, ports.clock.nowMs());
    },
    standing: () => standingConsents(parts),
    site: createConsentSite(room),
    sweep: () => sweep(parts),
  };
}
