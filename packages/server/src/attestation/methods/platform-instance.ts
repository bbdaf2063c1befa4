import type { TrustedIssuer } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import { claimAt, claimText } from "./claim-path.ts";

const KUBERNETES = ["kubernetes.io/pod/uid"];
const GITHUB_ACTIONS = ["run_id", "run_attempt"];

/** Which claims name one running instance: what the registry says, else what the two platforms we know use. */
function instanceClaims({ instanceClaims: named }: TrustedIssuer, claims: JsonObject): readonly string[] {
  if (named !== undefined) return named;
  if (claimAt(claims, "kubernetes.io") !== undefined) return KUBERNETES;
  return claimAt(claims, "run_id") === undefined ? [] : GITHUB_ACTIONS;
}

/**
 * The platform's own name for the running instance.
 * @returns undefined when the token does not name one: a token shared by all instances binds no key
 */
export function oidcInstance(issuer: TrustedIssuer, claims: JsonObject): string | undefined {
  const names = instanceClaims(issuer, claims);
  const values = names.map((name) => claimText(claims, name));
  if (names.length === 0 || values.some((value) => value === undefined || value === "")) return undefined;
  return canonicalJson({
    issuer: issuer.issuer,
    names: [...names],
    values: values.map((value) => value ?? ""),
  });
}

/** A SPIFFE ID names a workload, not an instance; SVIDs are shared and reused. With the key it names one. */
export function spiffeInstance(sub: string, jkt: string): string {
  return canonicalJson({ jkt, spiffe: sub });
}
