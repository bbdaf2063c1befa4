import { hash } from "node:crypto";
import { parseAssertion, type VerifiedAssertion, verifyAssertion } from "../jwt/verify-assertion.ts";
import { createIssuerKeys, type IssuerKeys } from "../keys/issuer-keys.ts";
import { byClaims } from "../methods/match-agent.ts";
import { MAX_WORKLOAD_LIFE_SECONDS, workloadProfile } from "../methods/profiles.ts";
import type { Refusal, SubjectPorts } from "../ports.ts";
import { refuse } from "../refusal.ts";

/** How old the token of a job may be, in seconds. */
export const JOB_WINDOW_SECONDS = 600;

/** Which jobs of a platform may ask about an agent. */
export interface JobRule {
  /** Agent id. */
  readonly agent: string;
  /** Registered issuer of the job's token. */
  readonly issuer: string;
  /** Claims that the token must have, each exactly; of a list one. */
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
}

/** What verifying a job's token needs. */
export interface JobPorts extends SubjectPorts {
  /** The one audience of a job's token: the address it is sent to. A token for anything else is none for this. */
  readonly audience: string;
  readonly rules: readonly JobRule[];
}

/** A job that showed who it is. */
export interface VerifiedJob {
  readonly kind: "job";
  readonly agent: string;
}

/** Trust: both are attacker-controlled; never throws on them. */
export type VerifyJob = (asked: {
  readonly agent: string;
  readonly identity: string;
}) => Promise<VerifiedJob | Refusal>;

/** One answer for an agent that is not there and for one that this job may not ask about. */
const NOT_YOURS = "no rule lets this job ask about this agent";

/** Names a token by what was signed, so that another form of the same signature is no other token. */
function useOf(identity: string): string {
  return hash("sha256", identity.slice(0, identity.lastIndexOf(".")), "base64url");
}

function mayAsk({ issuer, claims }: VerifiedAssertion, agent: string, rules: readonly JobRule[]): boolean {
  const satisfies = byClaims(issuer.issuer, claims);
  return rules.some(
    (rule) => rule.agent === agent && satisfies({ method: "oidc", issuer: rule.issuer, claims: rule.claims }),
  );
}

async function verifyToken(
  identity: string,
  keys: IssuerKeys,
  { audience, clock, registry }: JobPorts,
): Promise<VerifiedAssertion | Refusal> {
  const profile = {
    ...workloadProfile(audience),
    audiences: () => [audience],
    maxAgeSeconds: JOB_WINDOW_SECONDS,
  };
  const verified = await verifyAssertion(identity, profile, { clock, registry, keys });
  if (verified.kind === "verified") return verified;
  if (verified.unavailable) return refuse("fetch_failed");
  return refuse("attestation_failed", `the token of the job was refused: ${verified.reason}`);
}

/**
 * Verifies which job asks, by the token its platform made for this address: issuer, keys, audience, age, claims, once.
 * What it may do with that is read one answer; it is no agent, and gets no token.
 */
export function createJobVerifier(ports: JobPorts): VerifyJob {
  const keys = createIssuerKeys(ports);
  return async ({ agent, identity }) => {
    if (parseAssertion(identity) === undefined) return refuse("attestation_failed", "it is not a JWT");
    const verified = await verifyToken(identity, keys, ports);
    if (verified.kind === "refused") return verified;
    if (!mayAsk(verified, agent, ports.rules)) return refuse("attestation_failed", NOT_YOURS);
    // ORDER: only a token that would have been answered is used up.
    const untilMs = ports.clock.nowMs() + 1000 * MAX_WORKLOAD_LIFE_SECONDS;
    if (!ports.takeOnce(useOf(identity), untilMs))
      return refuse("replayed", "the token of the job was used before; ask the platform for another");
    return { kind: "job", agent };
  };
}
