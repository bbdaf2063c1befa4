import type { StateChange } from "@narrowgate/contracts";
import { isRefusal, type Refusal, refuse } from "./outcome.ts";
import type { StsPorts, VerifiedProof } from "./ports.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { Authenticated, Minted, Received, Sourced } from "./stages.ts";
import { checkBody, checkClient } from "./steps/authenticate-client.ts";
import { checkRelease } from "./steps/check-release.ts";
import { checkTarget } from "./steps/check-target.ts";
import { decideAndRecord } from "./steps/decide-and-record.ts";
import { loadMandate } from "./steps/load-mandate.ts";
import { narrow } from "./steps/narrow.ts";
import { parseTokenRequest } from "./steps/parse-request.ts";
import { prepareToken } from "./steps/prepare-token.ts";
import { signToken } from "./steps/sign-token.ts";
import { type Steps, steps } from "./steps.ts";
import { watched } from "./watched.ts";

/** A request whose key was proven, for a grant that another room looks at. */
export interface Proven extends Received {
  readonly dpop: string;
  readonly proof: VerifiedProof;
}

/** Who is to have the token, under what. */
export interface ConsentedMint {
  readonly request: Proven;
  /** Agent id. */
  readonly agent: string;
  readonly mandate: string;
  /** State that changes with the token, in the same commit. */
  readonly changes: readonly StateChange[];
}

interface Consented extends Authenticated {
  readonly changes: readonly StateChange[];
}

/**
 * Checks the possession proof of a request at one of our addresses.
 * @returns `invalid_dpop_proof`, `use_dpop_nonce`, `replayed`
 */
export async function provePossession(received: Received, ports: StsPorts): Promise<Proven | Refusal> {
  const { dpop, url, form } = received;
  if (dpop === undefined) return refuse("invalid_dpop_proof", "send exactly one `DPoP` header");
  const proof = await ports.proofs.verify({ proof: dpop, method: "POST", url });
  if (proof.kind === "refused") return refuse(proof.code, proof.description);
  return checkBody(proof, form) ?? { ...received, dpop, proof };
}

function loadConsented(stage: Consented, ports: StsPorts): Sourced | Refusal {
  const sourced = loadMandate(stage, ports);
  if (isRefusal(sourced)) return sourced;
  return { ...sourced, source: { ...sourced.source, changes: stage.changes } };
}

/** The steps of a root token, from the mandate on: who asks was settled by possession and by the person's consent. */
const consented: Steps<Consented, Minted, StsPorts> = steps<Consented, StsPorts>()
  .step("mandate", loadConsented)
  .step("release", checkRelease)
  .step("target", checkTarget)
  .step("narrow", narrow)
  .step("prepare", prepareToken)
  .step("record", decideAndRecord)
  .step("sign", signToken);

/**
 * Makes a token under a mandate that a person consented to, for an instance that is known.
 * Guarantee: a token that is given has its decision and token leaf durable, with `changes` in that commit.
 * @returns what the steps refuse with; `invalid_client` when the key is none of the agent's
 */
export function mintUnderConsent(wanted: ConsentedMint, ports: StsPorts): Promise<Minted | Refusal> {
  return watched(ports, () => mint(wanted, ports));
}

async function mint(
  { request, agent, mandate, changes }: ConsentedMint,
  ports: StsPorts,
): Promise<Minted | Refusal> {
  const parsed = parseTokenRequest(request.form, request.contentType);
  if (isRefusal(parsed)) return parsed;
  const client = ports.registry.agent(agent);
  const instance = ports.attestation.instance(agent, request.proof.jkt);
  if (client === undefined || instance === undefined) return refuse("invalid_client");
  // INVARIANT: the mandate is the consent's; one that the client names counts for nothing.
  const params = new Map([...parsed.params, ["mandate", mandate] as const]);
  // The client id may be the address of a metadata document; which agent that is was settled before.
  params.delete("client_id");
  const wrong = checkClient(client, params, Math.floor(ports.clock.nowMs() / 1000));
  if (wrong !== undefined) return wrong;
  const stage = { ...request, request: { ...parsed, params }, client, instance, changes };
  const outcome = await consented.run(stage, ports);
  if (outcome.kind === "done") return outcome.stage;
  await recordRefusal(outcome, ports);
  return outcome.refusal;
}
