import { ERROR_CATALOGUE, ERROR_CODES, type ErrorCode, isErrorCode } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { JsonAnswer } from "../platform/http/json-answer.ts";
import type { AskProvider, InnerAnswer } from "./ask-provider.ts";
import { clientOf } from "./consent-clients.ts";
import type { Consent, ConsentTable } from "./consent-table.ts";
import type { ConsentPorts, MintedToken, PortRefusal, ProvenRequest } from "./ports.ts";
import { inTurn, type TokenTurn, undoTurn } from "./token-turn.ts";

/** What the provider needs to know of a token request; what is for the mint it never sees. */
const INNER = [
  "grant_type",
  "client_id",
  "code",
  "redirect_uri",
  "code_verifier",
  "refresh_token",
  "auth_req_id",
];

/** A form request of a client, parsed. */
export interface ClientRequest {
  readonly sent: readonly (readonly [string, string])[];
  readonly form: string;
  readonly contentType: string | undefined;
  readonly dpop: string | undefined;
}

/** What token requests stand on. */
export interface RedeemRoom {
  readonly ports: ConsentPorts;
  readonly consents: ConsentTable;
  readonly ask: AskProvider;
  /** Key of the instance that made a request beside the browser; absent where it is none of those that wait. */
  readonly askedWithKey: (authReqId: string) => string | undefined;
}

/** A refusal in the form of OAuth, as the token service writes it. */
export function refusedAnswer({ code, description }: PortRefusal, ports: ConsentPorts): JsonAnswer {
  const row = ERROR_CATALOGUE[code];
  return {
    status: row.http === 403 || row.http === 200 ? 400 : row.http,
    headers: { "dpop-nonce": ports.tokens.nonce() },
    body: { error: row.oauth, error_description: description ?? row.sentence, code },
  };
}

function textOf(body: unknown, name: string): string | undefined {
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === "string" ? value : undefined;
}

/** What the provider refused, as it said it: its sentences hold nothing of anybody's. */
export function innerRefusal({ status, body }: InnerAnswer, ports: ConsentPorts): JsonAnswer {
  const error = textOf(body, "error") ?? "server_error";
  const description = textOf(body, "error_description") ?? ERROR_CATALOGUE.internal_error.sentence;
  return {
    status,
    headers: { "dpop-nonce": ports.tokens.nonce() },
    body: { error, error_description: description, code: codeOf(error) },
  };
}

/** Our stable code for a word of OAuth's: the code of that name, or what that word means in this room. */
function codeOf(error: string): ErrorCode {
  if (isErrorCode(error)) return error;
  if (error === "access_denied") return "consent_refused";
  return ERROR_CODES.find((code) => ERROR_CATALOGUE[code].oauth === error) ?? "invalid_request";
}

async function admitKey(
  { proof, dpop }: ProvenRequest,
  consent: Consent,
  ports: ConsentPorts,
): Promise<PortRefusal | undefined> {
  const { instances } = ports;
  if (instances.isKnown(consent.agent, proof.jkt)) return undefined;
  const { client, mandate, redirectHost } = consent;
  const binding = clientOf(client, ports)?.binding;
  if (binding === undefined) return { kind: "refused", code: "attestation_failed" };
  const claims: JsonObject = { consent: mandate, client_id: client, redirect_host: redirectHost };
  const admitted = await instances.admit({ ...proof, agent: consent.agent, dpop, binding, claims });
  return admitted.kind === "refused" ? admitted : undefined;
}

function tokenAnswer(inner: InnerAnswer, minted: MintedToken, ports: ConsentPorts): JsonAnswer {
  const optional = (name: string): Record<string, JsonValue> => {
    const value = textOf(inner.body, name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    status: 200,
    headers: { pragma: "no-cache", "dpop-nonce": ports.tokens.nonce() },
    body: {
      access_token: minted.accessToken,
      token_type: "DPoP",
      expires_in: minted.expiresIn,
      scope: minted.scope,
      authorization_details: [...minted.details],
      ...optional("refresh_token"),
      ...optional("id_token"),
    },
  };
}

async function mintFor(
  turn: TokenTurn,
  request: ProvenRequest,
  { ports, consents }: RedeemRoom,
): Promise<MintedToken | PortRefusal> {
  const consent = turn.consent === undefined ? undefined : consents.get(turn.consent);
  if (consent === undefined) return { kind: "refused", code: "invalid_grant" };
  const { agent, mandate } = consent;
  const refused = await admitKey(request, consent, ports);
  return refused ?? ports.tokens.mint({ request, agent, mandate, changes: turn.changes });
}

/**
 * Answers a token request of this room's grants.
 * ORDER: the key is proven first, so that who must sign again with our nonce has used nothing up; then the provider, then
 * the mint. What the provider changed stands only if the mint recorded it.
 * Trust: the request is attacker-controlled.
 */
export async function redeem(sent: ClientRequest, room: RedeemRoom): Promise<JsonAnswer> {
  const { ports, ask } = room;
  const { form, contentType, dpop } = sent;
  const proven = await ports.tokens.prove({ form, contentType, dpop, url: `${ports.issuer}/token` });
  if (proven.kind === "refused") return refusedAnswer(proven, ports);
  const inner = new URLSearchParams(
    sent.sent.filter(([name]) => INNER.includes(name)).map(([...pair]) => pair),
  );
  const { jkt } = proven.proof;
  const waiting = inner.get("auth_req_id");
  if (waiting !== null && room.askedWithKey(waiting) !== jkt)
    return refusedAnswer(
      { kind: "refused", code: "invalid_grant", description: "it is for another key" },
      ports,
    );
  return inTurn(jkt, async (turn) => {
    const answer = await ask({ method: "POST", path: "/token", form: inner });
    const minted =
      answer.status === 200 ? await mintFor(turn, proven, room).catch(giveBack(turn)) : undefined;
    if (minted?.kind === "minted") return tokenAnswer(answer, minted, ports);
    undoTurn(turn);
    return minted === undefined ? innerRefusal(answer, ports) : refusedAnswer(minted, ports);
  });
}

function giveBack(turn: TokenTurn): (error: unknown) => never {
  return (error) => {
    undoTurn(turn);
    throw error;
  };
}
