import { ERROR_CATALOGUE, isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject } from "@narrowgate/kernel";
import { isRefusal, type Refusal } from "./outcome.ts";
import type { StsPorts } from "./ports.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { Minted, Received } from "./stages.ts";
import { parseTokenRequest, TOKEN_TYPES } from "./steps/parse-request.ts";
import { stepsOf } from "./token-grants.ts";
import { watched } from "./watched.ts";

/** An HTTP answer: status, headers, JSON body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" };

/** The OAuth form of a refusal (RFC 6749 section 5.2), with our stable code beside it. */
export function refusalAnswer(refusal: Refusal, nonce: string): Answer {
  const row = ERROR_CATALOGUE[refusal.code];
  return {
    // RFC 6749 knows 400 and 401 for client mistakes; 403 would be read as something else by its clients.
    status: row.http === 403 || row.http === 200 ? 400 : row.http,
    headers: { ...NO_STORE, "dpop-nonce": nonce },
    body: { error: row.oauth, error_description: refusal.description ?? row.sentence, code: refusal.code },
  };
}

function grantAnswer({ accessToken, claims }: Minted, nonce: string): Answer {
  return {
    status: 200,
    headers: { ...NO_STORE, "dpop-nonce": nonce },
    body: {
      access_token: accessToken,
      token_type: "DPoP",
      issued_token_type: TOKEN_TYPES.accessToken,
      expires_in: claims.exp - claims.iat,
      scope: claims.scope,
      authorization_details: claims.authorization_details,
    },
  };
}

/**
 * The token endpoint: machine to machine, ours.
 * Trust: `received` is attacker-controlled; the caller bounds its size. Never throws on input.
 * Guarantee: a token in the answer has its decision and token leaf durable.
 * @see RFC 6749 section 5; RFC 8693 section 2; RFC 9449 section 5; docs/spec/token.md
 */
export async function answerTokenRequest(received: Received, ports: StsPorts): Promise<Answer> {
  const outcome = await watched(ports, () => mint(received, ports));
  return isRefusal(outcome)
    ? refusalAnswer(outcome, ports.proofs.nonce())
    : grantAnswer(outcome, ports.proofs.nonce());
}

/** Fail closed: whatever a port throws is a refusal with its code; anything else is our own fault, for the edge. */
async function mint(received: Received, ports: StsPorts): Promise<Minted | Refusal> {
  try {
    return await runSteps(received, ports);
  } catch (error) {
    if (!isNarrowgateError(error) || !isErrorCode(error.code)) throw error;
    return { kind: "refused", code: error.code };
  }
}

async function runSteps(received: Received, ports: StsPorts): Promise<Minted | Refusal> {
  const request = parseTokenRequest(received.form, received.contentType);
  if (isRefusal(request)) return request;
  const outcome = await stepsOf(request.grant).run({ ...received, request }, ports);
  if (outcome.kind === "done") return outcome.stage;
  await recordRefusal(outcome, ports);
  return outcome.refusal;
}
