import { ERROR_CATALOGUE, type ErrorCode } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { addressRequired, elicitations, inputRequired } from "../approvals/offer-address.ts";
import type { WaitingApproval } from "../ports.ts";
import { type Refusal, sentenceOf } from "../refusal.ts";
import type { Exchange, Settled } from "../stages.ts";
import { challengeError, formatChallenge, neededScopes } from "./challenge.ts";
import { metadataUrl } from "./resource-metadata.ts";

/** What a refusal is answered with, beside the refusal itself. */
export interface RefusalContext {
  readonly exchange: Exchange;
  readonly baseUrl: string;
  readonly nonce: () => string;
  /** Leaf id of the decision that refuses. */
  readonly entry?: string;
  readonly policies?: readonly string[];
  /** People were asked about it. */
  readonly waiting?: WaitingApproval;
}

/** Codes that a tool call is answered with as a result, so that the agent's model reads the sentence. */
const toolDenials: ReadonlySet<ErrorCode> = new Set([
  "tool_unknown",
  "tool_not_approved",
  "tool_changed",
  "authority_exceeded",
  "outside_intent",
  "tier_exceeded",
  "label_exceeded",
  "policy_denied",
  "approval_required",
  "policy_context_invalid",
  "cap_spent",
  "subject_unproven",
]);

/** Failures of an upstream are answers to the call, not to the HTTP request. */
const upstreamFailures: ReadonlySet<ErrorCode> = new Set([
  "upstream_unavailable",
  "upstream_timeout",
  "upstream_malformed",
]);

/** What waits: its id and address, what is missing, and until when. */
function approvalMeta({ waiting }: RefusalContext): JsonObject {
  if (waiting === undefined) return {};
  const { id, requires, notAfterMs, url } = waiting;
  return { approval: { id, requires, not_after: notAfterMs, url } };
}

/** How a call that waits comes to be signed: what whoever runs the agent has to know, and has no other way to learn. */
function howToSign({ waiting }: RefusalContext): string {
  if (waiting === undefined) return "";
  const { id, requires, notAfterMs, url } = waiting;
  return ` It waits for ${requires.join(", ")} until ${new Date(notAfterMs).toISOString()}: a person reads and signs it at ${url} (an operator finds that page with: narrowgate approval open ${id}).`;
}

function denialMeta(refusal: Refusal, context: RefusalContext): JsonObject {
  const { code } = refusal;
  const { entry, policies = [] } = context;
  const kept = entry === undefined ? {} : { entry };
  return { code, policies, sentence: sentenceOf(refusal), ...kept, ...approvalMeta(context) };
}

/** Asks a client that can open addresses to open the one where the call is approved, in the form of its era. */
function addressAnswer(
  refusal: Refusal,
  context: RefusalContext & { readonly waiting: WaitingApproval },
): Settled {
  const { known } = context.exchange;
  const { waiting } = context;
  const meta = denialMeta(refusal, context);
  const data = { ...elicitations(waiting), ...meta };
  const body =
    known.era === "modern"
      ? { result: inputRequired(waiting, meta) }
      : { error: { code: addressRequired, message: sentenceOf(refusal), data } };
  return { kind: "settled", status: 200, message: { jsonrpc: "2.0", id: known.id ?? null, ...body } };
}

function toolResult(refusal: Refusal, context: RefusalContext): JsonObject {
  const { known } = context.exchange;
  const result = {
    _meta: denialMeta(refusal, context),
    content: [
      { type: "text", text: `Refused (${refusal.code}): ${sentenceOf(refusal)}${howToSign(context)}` },
    ],
    isError: true,
    ...(known.era === "modern" ? { resultType: "complete" } : {}),
  };
  return { jsonrpc: "2.0", id: known.id ?? null, result };
}

function rpcError(refusal: Refusal, context: RefusalContext): JsonObject {
  const { retryable } = ERROR_CATALOGUE[refusal.code];
  const data = { ...refusal.data, ...denialMeta(refusal, context), retryable };
  const error = { code: ERROR_CATALOGUE[refusal.code].jsonrpc, message: sentenceOf(refusal), data };
  return { jsonrpc: "2.0", id: context.exchange.known.id ?? null, error };
}

/** Headers that say what a token or proof would have to be. @see RFC 9449 section 8.2, RFC 6750 section 3.1 */
function challengeHeaders(
  refusal: Refusal,
  { exchange, baseUrl, nonce }: RefusalContext,
): Record<string, string> {
  const error = challengeError(refusal.code);
  if (error === undefined) return {};
  // A request without any credentials is told where to get some, not that it did something wrong.
  const bare = exchange.headers.get("authorization") === undefined;
  const challenge = formatChallenge({
    metadataUrl: metadataUrl(baseUrl, exchange.server.id),
    scope: refusal.scope ?? neededScopes(exchange.server, exchange.known).join(" "),
    ...(bare ? {} : { error, description: sentenceOf(refusal) }),
  });
  const fresh = error === "insufficient_scope" ? {} : { "DPoP-Nonce": nonce() };
  return { "WWW-Authenticate": challenge, ...fresh };
}

function statusOf(refusal: Refusal, { exchange }: RefusalContext): number {
  const { code, status } = refusal;
  if (status !== undefined) return status;
  if (upstreamFailures.has(code)) return 200;
  if (code === "method_refused") return exchange.known.era === "modern" ? 404 : 200;
  const error = challengeError(code);
  if (error !== undefined) return error === "insufficient_scope" ? 403 : 401;
  return ERROR_CATALOGUE[code].http;
}

/** Writes a refusal in the form its caller understands. Says nothing about why beyond code, sentence, policies and entry. */
export function writeRefusal(refusal: Refusal, context: RefusalContext): Settled {
  const { waiting, exchange } = context;
  if (waiting !== undefined && exchange.known.opensAddresses === true)
    return addressAnswer(refusal, { ...context, waiting });
  if (context.exchange.known.method === "tools/call" && toolDenials.has(refusal.code)) {
    return { kind: "settled", status: 200, message: toolResult(refusal, context) };
  }
  return {
    kind: "settled",
    status: statusOf(refusal, context),
    message: rpcError(refusal, context),
    headers: challengeHeaders(refusal, context),
  };
}
