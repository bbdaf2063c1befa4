import type { AgentRecord } from "@narrowgate/contracts";
import { type CompiledPolicies, type CompiledPolicy, policiesFor } from "@narrowgate/policy";
import { buildDeployment, buildManifest, type ReleasePorts } from "../assurance/releases/index.ts";
import type { People } from "../people/index.ts";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { Registry } from "../registry/registry.ts";
import type { Foundation } from "./open-foundation.ts";

/** The policies that can apply to an agent, looked up once for each bundle. */
function closures(): (compiled: CompiledPolicies, agent: AgentRecord) => readonly CompiledPolicy[] {
  const known = new WeakMap<CompiledPolicies, Map<string, readonly CompiledPolicy[]>>();
  return (compiled, { id }) => {
    const byAgent = known.get(compiled) ?? new Map<string, readonly CompiledPolicy[]>();
    known.set(compiled, byAgent);
    const found = byAgent.get(id) ?? policiesFor(compiled.inside(), { type: "Agent", id });
    byAgent.set(id, found);
    return found;
  };
}

/** Two policies of one text go by both names. */
function namesOf(policies: readonly CompiledPolicy[]): Readonly<Record<string, string>> {
  const byDigest = Map.groupBy(policies, ({ text }) => sha256Base64url(text));
  return Object.fromEntries(
    [...byDigest].map(([digest, some]) => [digest, some.map(({ id }) => id).join(", ")]),
  );
}

/** What would be released of an agent now, and where it would run. @throws `policy_missing` (from what it returns) */
export function standingOf(
  base: Foundation,
  { registry, people }: { readonly registry: Registry; readonly people: People },
): ReleasePorts["standing"] {
  const { config, policies } = base;
  const closure = closures();
  return (agent, { attested, declared }, policy) => {
    const { compiled } = policy === undefined ? policies.current() : policies.of(policy);
    const inForce = closure(compiled, agent);
    const servers = registry.servers();
    const entitlements = registry.entitlements()?.rules;
    const manifest = buildManifest({
      issuer: config.baseUrl,
      agent,
      servers,
      policies: inForce.map(({ text }) => text),
      procedure: policies.procedure,
      ...(entitlements === undefined ? {} : { entitlements }),
      attested,
      declared,
    });
    const deployment = buildDeployment(manifest, {
      environment: config.environment,
      policy: compiled.digest,
      issuer: config.baseUrl,
      agent,
      servers,
      issuers: registry.issuers(),
      holders: (role) => people.list().flatMap(({ ref, roles }) => (roles.includes(role) ? [ref] : [])),
    });
    return { manifest, deployment, policyNames: namesOf(inForce) };
  };
}
