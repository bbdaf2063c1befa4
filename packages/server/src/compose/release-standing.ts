import type { AgentRecord } from "@narrowgate/contracts";
import { type CompiledPolicy, policiesFor } from "@narrowgate/policy";
import { buildDeployment, buildManifest, type ReleasePorts } from "../assurance/releases/index.ts";
import type { People } from "../people/index.ts";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { Registry } from "../registry/registry.ts";
import type { Foundation } from "./open-foundation.ts";

/** The policies that can apply to an agent, looked up anew only when others are in force. */
function closures({ policies }: Foundation): (agent: AgentRecord) => readonly CompiledPolicy[] {
  let known:
    | { readonly digest: string; readonly byAgent: Map<string, readonly CompiledPolicy[]> }
    | undefined;
  return ({ id }) => {
    const { compiled } = policies.current();
    if (known?.digest !== compiled.digest) known = { digest: compiled.digest, byAgent: new Map() };
    const found = known.byAgent.get(id) ?? policiesFor(compiled.inside(), { type: "Agent", id });
    known.byAgent.set(id, found);
    return found;
  };
}

/** What would be released of an agent now, and where it would run. @throws `policy_missing` (from what it returns) */
export function standingOf(
  base: Foundation,
  { registry, people }: { readonly registry: Registry; readonly people: People },
): ReleasePorts["standing"] {
  const { config, policies } = base;
  const closure = closures(base);
  return (agent, { attested, declared }) => {
    const inForce = closure(agent);
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
      issuer: config.baseUrl,
      agent,
      servers,
      issuers: registry.issuers(),
      holders: (role) => people.list().flatMap(({ ref, roles }) => (roles.includes(role) ? [ref] : [])),
    });
    const forbids = inForce
      .filter(({ effect }) => effect === "forbid")
      .map(({ text }) => sha256Base64url(text));
    return { manifest, deployment, forbids };
  };
}
