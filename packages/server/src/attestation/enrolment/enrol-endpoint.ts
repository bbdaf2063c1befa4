import { hash } from "node:crypto";
import { ERROR_CATALOGUE, isErrorCode, parseCompactJws, parseDpopProof } from "@narrowgate/contracts";
import {
  isNarrowgateError,
  type JsonObject,
  parseStrictJson,
  readBoolean,
  readObject,
  readOptional,
  readString,
} from "@narrowgate/kernel";
import type { Instance } from "../instances/stored-instance.ts";
import type { ProofPort, Refusal } from "../ports.ts";
import { isRefusal, refuse } from "../refusal.ts";
import type { EnrolRequest } from "./enrol-instance.ts";

/** Largest request body that is read, in bytes. */
export const MAX_ENROL_BYTES = 4096;
const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" };

/** An HTTP answer: status, headers, JSON body. */
export interface EnrolAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** What arrives at `POST /enrol`. Trust: attacker-controlled. */
export interface EnrolInput {
  readonly body: Uint8Array;
  /** The DPoP header, when there was exactly one. */
  readonly dpop: string | undefined;
}

/** What the endpoint needs. */
export interface EnrolDeps {
  readonly issuer: string;
  readonly proofs: ProofPort;
  readonly enrol: (request: EnrolRequest) => Promise<Instance | Refusal>;
}

function readBody(body: Uint8Array): Pick<EnrolRequest, "agent" | "code" | "name" | "isSameUserKey"> {
  const parsed = parseStrictJson(body, { maxBytes: MAX_ENROL_BYTES, maxDepth: 2 });
  const row = readObject(parsed, "", ["agent", "code", "name", "same_user_key"]);
  const name = readOptional(row.name, (value) =>
    readString(value, "/name", { min: 1, max: 128, pattern: /^[^\p{Cc}]+$/u }),
  );
  return {
    agent: readString(row.agent, "/agent", { min: 1, max: 128 }),
    code: readString(row.code, "/code", { min: 1, max: 128 }),
    ...(name === undefined ? {} : { name }),
    isSameUserKey: readOptional(row.same_user_key, (value) => readBoolean(value, "/same_user_key")) ?? false,
  };
}

/** The key in the header of a proof that was verified. */
function keyOf(dpop: string): JsonObject {
  const { jwk } = parseDpopProof(parseCompactJws(dpop, { maxBytes: 8192 }));
  return { ...jwk };
}

function refusalAnswer({ code, description }: Refusal, nonce: string): EnrolAnswer {
  const row = ERROR_CATALOGUE[code];
  return {
    status: row.http,
    headers: { ...NO_STORE, "dpop-nonce": nonce },
    body: { error: row.oauth, error_description: description ?? row.sentence, code },
  };
}

async function answer(deps: EnrolDeps, { body, dpop }: EnrolInput): Promise<Instance | Refusal> {
  const request = readBody(body);
  if (dpop === undefined) return refuse("invalid_dpop_proof", "send exactly one `DPoP` header");
  const proof = await deps.proofs.verify({ proof: dpop, method: "POST", url: `${deps.issuer}/enrol` });
  if (proof.kind === "refused") return proof;
  if (proof.bodySha256 !== undefined && proof.bodySha256 !== hash("sha256", body, "base64url"))
    return refuse("invalid_dpop_proof", "the proof is for another body");
  // ORDER: the key is proven before the code is looked at, so that nobody uses a code up without one.
  return deps.enrol({ ...request, jkt: proof.jkt, jwk: keyOf(dpop), dpop });
}

function asRefusal(error: unknown): Refusal {
  if (isNarrowgateError(error) && isErrorCode(error.code)) return refuse(error.code, error.publicMessage);
  throw error;
}

/**
 * `POST /enrol` `{agent, code, name?}` with a possession proof of the new key: one-time code against instance.
 * Never throws on input. Guarantee: the instance in the answer is on record.
 * @see docs/design/attestation.md, Enrolment
 */
export function createEnrolEndpoint(deps: EnrolDeps): {
  handle(input: EnrolInput): Promise<EnrolAnswer>;
} {
  return {
    async handle(input) {
      const enrolled = await answer(deps, input).catch(asRefusal);
      if (isRefusal(enrolled)) return refusalAnswer(enrolled, deps.proofs.nonce());
      const { agent, ref, jkt, assurance } = enrolled;
      return {
        status: 201,
        headers: { ...NO_STORE, "dpop-nonce": deps.proofs.nonce() },
        body: { agent, instance: ref, jkt, assurance, issuer: deps.issuer },
      };
    },
  };
}
