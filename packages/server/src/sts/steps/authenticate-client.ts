import { hash } from "node:crypto";
import type { AgentRecord } from "@narrowgate/contracts";
import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts, VerifiedProof } from "../ports.ts";
import type { Authenticated, Parsed } from "../stages.ts";
import { type Caller, claimed, JWT_BEARER, nameCaller, takeCaller, verifyAssertion } from "./named-caller.ts";
import { GRANTS, type TokenRequest } from "./parse-request.ts";
import { type Beside, verifyBeside } from "./verify-beside.ts";

const JWT_SPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

/** The key a proof was made with, and the proof itself. */
interface Presented {
  readonly ports: StsPorts;
  readonly jkt: string;
  readonly dpop: string;
}

/** Thumbprint of the key that an assertion says it is signed with. Nothing is verified. */
export function keyNamedByAssertion(assertion: string): string | undefined {
  return claimed(assertion, 0, "kid");
}

/**
 * Authenticates a caller by its client assertion alone, for endpoints that issue nothing.
 * The header's `kid` is the thumbprint of the instance's key.
 * @returns `invalid_client`, `replayed`, `agent_inactive`, `agent_expired`
 * @see RFC 7523 section 3
 */
export async function authenticateByAssertion(
  params: ReadonlyMap<string, string>,
  ports: StsPorts,
): Promise<Caller | Refusal> {
  const assertion = params.get("client_assertion");
  const jkt = assertion === undefined ? undefined : keyNamedByAssertion(assertion);
  if (assertion === undefined || jkt === undefined || params.get("client_assertion_type") !== JWT_BEARER)
    return refuse(
      "invalid_client",
      "authenticate with `private_key_jwt`; `kid` is the thumbprint of the key",
    );
  const caller = await byInstanceKey(assertion, ports, { jkt, beside: "nothing" });
  if ("kind" in caller) return caller;
  return checkClient(caller.client, params, Math.floor(ports.clock.nowMs() / 1000)) ?? caller;
}

async function byInstanceKey(
  assertion: string,
  ports: StsPorts,
  { jkt, beside }: { readonly jkt: string; readonly beside: "proof" | "nothing" },
): Promise<Caller | Refusal> {
  const named = nameCaller(assertion, jkt, ports);
  if ("kind" in named) return named;
  return takeCaller(named, await verifyAssertion(named, ports), beside, ports);
}

async function byPlatform(
  assertion: string,
  method: "spiffe" | undefined,
  { ports, jkt, dpop }: Presented,
): Promise<Caller | Refusal> {
  const attested = await ports.attestation.attest({
    assertion,
    jkt,
    dpop,
    ...(method === undefined ? {} : { method }),
  });
  if (attested.kind === "refused") return refuse(attested.code, attested.description);
  const client = ports.registry.agent(attested.instance.agent);
  return client === undefined ? refuse("invalid_client") : { client, instance: attested.instance };
}

function callerOf(
  { params, grant }: TokenRequest,
  presented: Presented,
  early: Beside | undefined,
): Promise<Caller | Refusal> | Refusal {
  const { ports, jkt } = presented;
  if (early !== undefined) return takeCaller(early.named, early.assertion, "proof", ports);
  const type = params.get("client_assertion_type");
  const assertion = params.get("client_assertion");
  if (type === JWT_BEARER && assertion !== undefined)
    return byInstanceKey(assertion, ports, { jkt, beside: "proof" });
  if (type === JWT_SPIFFE && assertion !== undefined) return byPlatform(assertion, "spiffe", presented);
  const platform = params.get("assertion");
  if (grant === GRANTS.jwtBearer && platform !== undefined) return byPlatform(platform, undefined, presented);
  return refuse("invalid_client", "authenticate with `private_key_jwt`, a platform token or a JWT-SVID");
}

/** Is the agent still let in, and is it who the request says? @returns `invalid_client`, `agent_inactive`, `agent_expired` */
export function checkClient(
  client: AgentRecord,
  params: ReadonlyMap<string, string>,
  nowS: number,
): Refusal | undefined {
  const claimed = params.get("client_id");
  if (claimed !== undefined && claimed !== client.id) return refuse("invalid_client");
  if (client.state !== "active") return refuse("agent_inactive");
  return client.expires <= nowS ? refuse("agent_expired") : undefined;
}

/** A proof that signs a body must sign this one. @returns `invalid_dpop_proof` */
export function checkBody({ bodySha256 }: VerifiedProof, body: Uint8Array | string): Refusal | undefined {
  if (bodySha256 === undefined || bodySha256 === hash("sha256", body, "base64url")) return undefined;
  return refuse("invalid_dpop_proof", "the proof is for another body");
}

/**
 * Authenticates an agent at our own JSON endpoints: possession of its key, then its client assertion under that key.
 * A proof that signs a body must sign this one.
 * @returns the agent, or the refusal
 */
export async function authenticateAgent(
  request: {
    readonly params: ReadonlyMap<string, string>;
    readonly dpop: string | undefined;
    readonly url: string;
    readonly body: Uint8Array;
  },
  ports: StsPorts,
): Promise<({ readonly kind: "agent" } & Caller) | Refusal> {
  const { params, dpop, url, body } = request;
  if (dpop === undefined) return refuse("invalid_dpop_proof", "send exactly one `DPoP` header");
  const proof = await ports.proofs.verify({ proof: dpop, method: "POST", url });
  if (proof.kind === "refused") return refuse(proof.code, proof.description);
  const otherBody = checkBody(proof, body);
  if (otherBody !== undefined) return otherBody;
  const caller = await byInstanceKey(params.get("client_assertion") ?? "", ports, {
    jkt: proof.jkt,
    beside: "proof",
  });
  if ("kind" in caller) return caller;
  const wrong = checkClient(caller.client, params, Math.floor(ports.clock.nowMs() / 1000));
  return wrong ?? { kind: "agent", ...caller };
}

/**
 * Who asks, and do they hold the key? (steps 2 and 4 of the crib)
 *
 * ORDER: possession first: attesting binds the proven key, and a client that must sign again with our nonce has not used
 * up its assertion. The instance is then found by that key, and the client assertion must verify under the same one.
 * INVARIANT: one instance, one key; client key and presenter key are the same.
 * @returns `invalid_client` for anything unknown, `agent_inactive`, `agent_expired`, `invalid_dpop_proof`, `use_dpop_nonce`, `replayed`
 * @see RFC 7523 section 3; RFC 9449 section 4.3
 */
export async function authenticateClient(stage: Parsed, ports: StsPorts): Promise<Authenticated | Refusal> {
  const { dpop, request } = stage;
  if (dpop === undefined) return refuse("invalid_dpop_proof", "send exactly one `DPoP` header");
  const [proof, early] = await Promise.all([
    ports.proofs.verify({ proof: dpop, method: "POST", url: stage.url }),
    verifyBeside(request, dpop, ports),
  ]);
  if (proof.kind === "refused") return refuse(proof.code, proof.description);
  const otherBody = checkBody(proof, stage.form);
  if (otherBody !== undefined) return otherBody;
  const caller = await callerOf(request, { ports, jkt: proof.jkt, dpop }, early);
  if ("kind" in caller) return caller;
  const wrong = checkClient(caller.client, request.params, Math.floor(ports.clock.nowMs() / 1000));
  if (wrong !== undefined) return wrong;
  const subjectToken = early?.subjectToken;
  return { ...stage, ...caller, dpop, proof, ...(subjectToken === undefined ? {} : { subjectToken }) };
}
