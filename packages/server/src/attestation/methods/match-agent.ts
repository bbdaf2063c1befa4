import type { AgentRecord, WorkloadBinding } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { claimText } from "./claim-path.ts";
import { isWithin, parseSpiffeId } from "./spiffe-id.ts";

type OidcBinding = Extract<WorkloadBinding, { method: "oidc" }>;
type SpiffeBinding = Extract<WorkloadBinding, { method: "spiffe" }>;

/** The agent a workload is, by which of its bindings; or how many it could be. */
export type Match =
  | { readonly kind: "match"; readonly agent: AgentRecord; readonly binding: WorkloadBinding }
  | { readonly kind: "none" }
  | { readonly kind: "ambiguous" };

/**
 * Events whose workflow runs on code that a stranger proposed. A rule must name the event to let them in.
 * @see GitHub Actions, events that trigger workflows
 */
function isProposed(claims: JsonObject): boolean {
  return claimText(claims, "event_name")?.startsWith("pull_request") === true;
}

function matchesClaims({ claims: rules }: OidcBinding, claims: JsonObject): boolean {
  if (isProposed(claims) && !Object.hasOwn(rules, "event_name")) return false;
  const entries = Object.entries(rules);
  // A binding without rules would be every workload of its issuer.
  if (entries.length === 0) return false;
  return entries.every(([name, rule]) => {
    const value = claimText(claims, name);
    return value !== undefined && (typeof rule === "string" ? value === rule : rule.includes(value));
  });
}

function matchesSpiffeId(binding: SpiffeBinding, sub: string): boolean {
  const id = parseSpiffeId(sub);
  const rule = parseSpiffeId(binding.id);
  if (id === undefined || rule === undefined || rule.trustDomain !== binding.trust_domain) return false;
  return binding.match === "path" ? isWithin(id, rule) : sub === binding.id;
}

/** Does a verified token satisfy a binding? */
export type Satisfies = (binding: WorkloadBinding) => boolean;

/** By the claims of an OIDC token of `issuer`. Trust: the claims are verified. */
export function byClaims(issuer: string, claims: JsonObject): Satisfies {
  return (binding) =>
    binding.method === "oidc" && binding.issuer === issuer && matchesClaims(binding, claims);
}

/** By the SPIFFE ID of a JWT-SVID. Trust: it is verified. */
export function bySpiffeId(sub: string): Satisfies {
  return (binding) => binding.method === "spiffe" && matchesSpiffeId(binding, sub);
}

/**
 * Finds the agent a workload is. INVARIANT: exactly one, or none: a workload that could be two agents is neither.
 * A suspended agent counts, so that its workload does not become another agent by a wider rule; a retired one does not.
 */
export function matchAgent(candidates: readonly AgentRecord[], satisfies: Satisfies): Match {
  const matches = candidates
    .filter(({ state }) => state !== "retired")
    .flatMap((agent) => {
      const binding = agent.bindings.find(satisfies);
      return binding === undefined ? [] : [{ kind: "match" as const, agent, binding }];
    });
  const [first, ...more] = matches;
  if (first === undefined) return { kind: "none" };
  return more.length === 0 ? first : { kind: "ambiguous" };
}
