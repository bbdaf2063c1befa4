import type { JsonObject } from "@narrowgate/kernel";
import type { AssertionProfile } from "../jwt/verify-assertion.ts";
import { parseSpiffeId } from "./spiffe-id.ts";

/** Longest life of a platform token, in seconds: twice what Kubernetes gives by default. */
export const MAX_WORKLOAD_LIFE_SECONDS = 7200;

/** The name of an OIDC issuer. One with a query or fragment is none (OpenID Connect Core section 2). */
export function oidcIssuerName({ iss }: JsonObject): string | undefined {
  return typeof iss === "string" && /^https?:\/\/[^?#]+$/.test(iss) ? iss : undefined;
}

/** OIDC tokens of workload platforms: Kubernetes, GitHub Actions and others. */
export function workloadProfile(issuer: string): AssertionProfile {
  return {
    use: "workload",
    algorithms: ["RS256", "ES256", "PS256", "EdDSA", "Ed25519"],
    keyUse: "sig",
    types: ["", "jwt"],
    issuerName: oidcIssuerName,
    audiences: ({ audiences = [] }) => [issuer, ...audiences],
    maxLifeSeconds: MAX_WORKLOAD_LIFE_SECONDS,
  };
}

/** The registry's name for the trust domain of a SPIFFE ID. The keys are those of that record, whatever `iss` says. */
function trustDomainName({ sub }: JsonObject): string | undefined {
  const id = typeof sub === "string" ? parseSpiffeId(sub) : undefined;
  // An SVID names a workload: the trust domain itself is none.
  return id === undefined || id.segments.length === 0 ? undefined : `spiffe://${id.trustDomain}`;
}

/** JWT-SVIDs. @see JWT-SVID sections 2 and 3 */
export function spiffeProfile(issuer: string): AssertionProfile {
  return {
    use: "workload",
    algorithms: ["RS256", "ES256", "PS256"],
    keyUse: "jwt-svid",
    types: ["", "jwt", "jose"],
    issuerName: trustDomainName,
    audiences: () => [issuer],
    maxLifeSeconds: MAX_WORKLOAD_LIFE_SECONDS,
  };
}
