import { jwkThumbprint, parseDpopProof, type TrustedIssuer } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { refusedLeaf, type Shown } from "./attestation-leaf.ts";
import { checkAgent } from "./check-agent.ts";
import { type BindingRoom, type Bound, bindInstance } from "./instances/bind-instance.ts";
import type { Instance } from "./instances/stored-instance.ts";
import { parseAssertion, type VerifiedAssertion, verifyAssertion } from "./jwt/verify-assertion.ts";
import type { IssuerKeys } from "./keys/issuer-keys.ts";
import { byClaims, bySpiffeId, matchAgent } from "./methods/match-agent.ts";
import { oidcInstance, spiffeInstance } from "./methods/platform-instance.ts";
import { spiffeProfile, workloadProfile } from "./methods/profiles.ts";
import type { AttestationPorts, Refusal } from "./ports.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { RefusalBudget } from "./refusal-budget.ts";
import { bindingDigest, type WorkloadBindings } from "./workload-bindings.ts";

/** What attestation by platform tokens needs of the room. */
export interface WorkloadRoom extends BindingRoom {
  readonly ports: AttestationPorts;
  readonly keys: IssuerKeys;
  readonly bindings: WorkloadBindings;
  readonly budget: RefusalBudget;
}

/** A platform token and the key to bind. Trust: `assertion` is attacker-controlled; possession of the key was proven. */
export interface AttestRequest {
  readonly assertion: string;
  readonly jkt: string;
  readonly method?: "spiffe";
  /** The possession proof that was verified: sealed with the leaf, and where the key itself is taken from. */
  readonly dpop?: string;
}

/** A refusal, and whose it is when that is known. */
interface Turned {
  readonly kind: "turned";
  readonly refusal: Refusal;
  /** Agent ref. */
  readonly agent?: string;
}

function turn(refusal: Refusal, agent?: string): Turned {
  return { kind: "turned", refusal, ...(agent === undefined ? {} : { agent }) };
}

function failed(reason: string): Refusal {
  return refuse("attestation_failed", `the platform token was refused: ${reason}`);
}

/** The key in the proof, if it is the one whose thumbprint was proven. */
function keyOf({ dpop, jkt }: AttestRequest): JsonObject {
  const jws = dpop === undefined ? undefined : parseAssertion(dpop);
  if (jws === undefined) return {};
  const { jwk } = parseDpopProof(jws);
  return jwkThumbprint(nodeSha256, jwk) === jkt ? { ...jwk } : {};
}

function platformNameOf(
  { claims, issuer }: VerifiedAssertion,
  { method, jkt }: AttestRequest,
): string | undefined {
  return method === "spiffe" ? spiffeInstance(String(claims.sub), jkt) : oidcInstance(issuer, claims);
}

/** Binds a verified token's workload; nothing waits in here. */
function bindWorkload(
  room: WorkloadRoom,
  request: AttestRequest,
  verified: VerifiedAssertion,
  shown: Shown,
): Bound | Turned {
  const { claims, issuer } = verified;
  const satisfies =
    request.method === "spiffe" ? bySpiffeId(String(claims.sub)) : byClaims(issuer.issuer, claims);
  const match = matchAgent(room.bindings.boundTo(issuer.issuer), satisfies);
  if (match.kind !== "match")
    return turn(failed(match.kind === "none" ? "it matches no binding" : "it matches more than one agent"));
  const { agent, binding } = match;
  const inactive = checkAgent(agent, room.ports.clock.nowMs());
  if (inactive !== undefined) return turn(inactive, agent.ref);
  const platformInstance = platformNameOf(verified, request);
  if (platformInstance === undefined) return turn(failed("it names no running instance"), agent.ref);
  const bound = bindInstance(room, {
    agent,
    shown: { ...shown, platformInstance },
    jwk: keyOf(request),
    assurance: "attested",
    binding: bindingDigest(binding),
    vouchedBy: issuer.issuer,
    name: "",
  });
  return isRefusal(bound) ? turn(bound, agent.ref) : bound;
}

/**
 * Records a refusal that has to do with an issuer we know; what claims to be from anybody else leaves nothing.
 * What the issuer did not sign has a budget of its own, so that forgeries cannot crowd out real refusals.
 */
async function record(
  room: WorkloadRoom,
  issuer: TrustedIssuer,
  shown: Shown,
  turned: Turned,
): Promise<Refusal> {
  const isSigned = shown.claims !== undefined;
  if (room.budget.take(`${isSigned ? "signed" : "unsigned"}:${issuer.issuer}`)) {
    const leaf = refusedLeaf(shown, turned.refusal.code, turned.agent);
    await room.ports.evidence.record([leaf]).durable;
  }
  return turned.refusal;
}

/**
 * Attests a workload by a token of its platform, and binds its instance to the key.
 * Guarantee: accepted or refused, what is answered is on record, except for unknown issuers and beyond 60 refusals per
 * minute and issuer.
 * @returns the instance; or `attestation_failed`, `fetch_failed`, `instance_bound`, `revoked`, `agent_inactive`,
 * `agent_expired`, `overloaded`
 * @throws `evidence_unavailable`, `overloaded` when nothing can be recorded
 */
export async function attestWorkload(
  room: WorkloadRoom,
  request: AttestRequest,
): Promise<Instance | Refusal> {
  const { assertion, jkt, dpop, method } = request;
  const profile = method === "spiffe" ? spiffeProfile(room.ports.issuer) : workloadProfile(room.ports.issuer);
  const shown: Shown = {
    method: method ?? "oidc",
    jkt,
    assertion,
    ...(dpop === undefined ? {} : { dpop }),
  };
  const { clock, registry } = room.ports;
  const verified = await verifyAssertion(assertion, profile, { clock, registry, keys: room.keys });
  if (verified.kind === "failed") {
    const { issuer, claims, reason, unavailable } = verified;
    // Keys we could not fetch are our trouble, not a statement about the workload.
    if (unavailable) return refuse("fetch_failed");
    const refusal = failed(reason);
    const withClaims = claims === undefined ? shown : { ...shown, claims };
    return issuer === undefined ? refusal : record(room, issuer, withClaims, turn(refusal));
  }
  const signed: Shown = { ...shown, claims: verified.claims };
  const outcome = bindWorkload(room, request, verified, signed);
  if (outcome.kind === "turned") return record(room, verified.issuer, signed, outcome);
  await outcome.durable;
  return outcome.instance;
}
