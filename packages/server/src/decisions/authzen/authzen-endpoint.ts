import type { IncomingMessage, ServerResponse } from "node:http";
import { isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { errorAnswer, type JsonAnswer, sendJson, thrownAnswer } from "../../platform/http/json-answer.ts";
import { readBody } from "../../platform/http/read-body.ts";
import { createTokenBuckets, type Rate, type TokenBuckets } from "../../platform/http/token-buckets.ts";
import { answerEvaluations } from "./answer-evaluations.ts";
import type { AuthzenCaller, AuthzenPorts, AuthzenRefusal } from "./ports.ts";
import { type Evaluation, type EvaluationList, readEvaluation, readEvaluations } from "./read-evaluation.ts";
import { recordRefusal } from "./record-evaluation.ts";

/** What a token needs to ask. */
export const EVALUATE_SCOPE = "authzen:evaluate";

/** Where other systems ask for decisions: an AuthZEN policy decision point. */
export interface AuthzenEndpoint {
  /** Answers one request below `/access/v1/`. Never throws. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** `/.well-known/authzen-configuration`. */
  metadata(): JsonAnswer;
}

const maxBodyBytes = 64 * 1024;
/** Questions of one key: what they make the log grow by is bounded. */
const rate: Rate = { burst: 1_000, perSecond: 200 };
const requestId = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/;

type Read = (body: Uint8Array) => Evaluation | EvaluationList;

const reads: Readonly<Record<string, Read>> = {
  "/access/v1/evaluation": readEvaluation,
  "/access/v1/evaluations": readEvaluations,
};

function headerOf({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter((_value, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}

/** The id to echo; absent when none was sent. @throws NarrowgateError `invalid_request` when it cannot be echoed as it is */
function requestIdOf(req: IncomingMessage): Readonly<Record<string, string>> {
  const [id, second] = headerOf(req, "x-request-id");
  if (id === undefined) return {};
  if (second !== undefined || !requestId.test(id))
    throw new NarrowgateError("invalid_request", "X-Request-ID is one text of 1 to 256 visible characters");
  return { "x-request-id": id };
}

function checkContentType(req: IncomingMessage): void {
  const [type = "", second] = headerOf(req, "content-type");
  const isJson = /^application\/json\s*(?:;|$)/i.test(type);
  if (!isJson || second !== undefined)
    throw new NarrowgateError("invalid_request", "Content-Type must be application/json");
}

function refusalAnswer({ code, sentence }: AuthzenRefusal, ports: AuthzenPorts): JsonAnswer {
  const answer = errorAnswer(code, sentence);
  const challenge = ports.challengeOf(code);
  if (challenge === undefined) return answer;
  const scope = challenge === "insufficient_scope" ? `, scope="${EVALUATE_SCOPE}"` : "";
  return {
    ...answer,
    status: challenge === "insufficient_scope" ? 403 : 401,
    headers: {
      "dpop-nonce": ports.nonce(),
      "www-authenticate": `DPoP error="${challenge}"${scope}, algs="ES256"`,
    },
  };
}

function checkScope(caller: AuthzenCaller): AuthzenCaller | AuthzenRefusal {
  const holds = caller.claims.scope.split(" ").includes(EVALUATE_SCOPE);
  return holds ? caller : { kind: "refused", code: "insufficient_scope", caller };
}

/** What is thrown about who asks is answered as a refusal to them is. */
function failedAnswer(error: unknown, ports: AuthzenPorts): JsonAnswer {
  const answer = thrownAnswer(error);
  const isOurs = answer.status >= 500;
  if (isOurs) ports.onFault(error);
  if (!isNarrowgateError(error) || !isErrorCode(error.code)) return answer;
  const { code } = error;
  return ports.challengeOf(code) === undefined ? answer : refusalAnswer({ kind: "refused", code }, ports);
}

class Endpoint implements AuthzenEndpoint {
  readonly #ports: AuthzenPorts;
  readonly #buckets: TokenBuckets = createTokenBuckets(rate);

  constructor(ports: AuthzenPorts) {
    this.#ports = ports;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    this.#answer(req)
      .then((answer) => {
        // What was refused unread must not be taken for the next request of the connection.
        if (!req.complete) res.shouldKeepAlive = false;
        sendJson(res, answer);
      })
      .catch(this.#ports.onFault);
  }

  metadata(): JsonAnswer {
    if (!this.#isOpen()) return errorAnswer("not_found");
    const { issuer } = this.#ports;
    return {
      status: 200,
      body: {
        access_evaluation_endpoint: `${issuer}/access/v1/evaluation`,
        access_evaluations_endpoint: `${issuer}/access/v1/evaluations`,
        policy_decision_point: issuer,
      },
    };
  }

  /** Whether there is a profile to decide by. */
  #isOpen(): boolean {
    try {
      return this.#ports.policies(undefined).profile !== undefined;
    } catch (error) {
      if (isNarrowgateError(error) && error.code === "policy_missing") return false;
      throw error;
    }
  }

  async #answer(req: IncomingMessage): Promise<JsonAnswer> {
    let echoed: Readonly<Record<string, string>> = {};
    try {
      echoed = requestIdOf(req);
      const answer = await this.#answerKnown(req);
      return { ...answer, headers: { ...answer.headers, ...echoed } };
    } catch (error) {
      const answer = failedAnswer(error, this.#ports);
      return { ...answer, headers: { ...answer.headers, ...echoed } };
    }
  }

  async #answerKnown(req: IncomingMessage): Promise<JsonAnswer> {
    const path = (req.url ?? "").split("?", 1)[0] ?? "";
    const read = Object.hasOwn(reads, path) ? reads[path] : undefined;
    if (read === undefined || !this.#isOpen()) return errorAnswer("not_found");
    if (req.method !== "POST") return { ...errorAnswer("method_not_allowed"), headers: { allow: "POST" } };
    const body = await readBody(req, maxBodyBytes);
    const address = { method: req.method, url: `${this.#ports.issuer}${path}` };
    const caller = await this.#callerOf(req, body, address);
    if (caller.kind === "refused") {
      recordRefusal(this.#ports, caller, address);
      return refusalAnswer(caller, this.#ports);
    }
    checkContentType(req);
    const asked = { question: read(body), body, address };
    const answer: JsonObject = await answerEvaluations(caller, asked, this.#ports, this.#buckets);
    return { status: 200, body: answer };
  }

  async #callerOf(
    { rawHeaders }: IncomingMessage,
    body: Uint8Array,
    address: { readonly method: string; readonly url: string },
  ): Promise<AuthzenCaller | AuthzenRefusal> {
    const audience = `${this.#ports.issuer}/access/v1`;
    const found = await this.#ports.authenticate({ ...address, audience, rawHeaders, body });
    return found.kind === "caller" ? checkScope(found) : found;
  }
}

/**
 * Makes the decision point for other systems.
 * @see AuthZEN Authorization API 1.0; docs/design/authzen.md
 */
export function createAuthzenEndpoint(ports: AuthzenPorts): AuthzenEndpoint {
  return new Endpoint(ports);
}
