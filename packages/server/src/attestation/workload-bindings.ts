import type { AgentRecord, WorkloadBinding } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { RegistryPort } from "./ports.ts";

/** Registry name of the issuer a binding rests on; empty for enrolment, and where people let keys in by consent. */
export function issuerOf(binding: WorkloadBinding): string {
  if (binding.method === "enrolment" || binding.method === "consent") return "";
  return binding.method === "oidc" ? binding.issuer : `spiffe://${binding.trust_domain}`;
}

function wireOf(binding: WorkloadBinding): JsonObject {
  return "redirect_uris" in binding
    ? { ...binding, redirect_uris: [...binding.redirect_uris] }
    : { ...binding };
}

/** Names a rule by what it says. */
export function bindingDigest(binding: WorkloadBinding): string {
  return sha256Base64url(canonicalJson(wireOf(binding)));
}

/** Which agents a platform token of some issuer may stand for, and whether a rule still stands. */
export interface WorkloadBindings {
  /** Agents with at least one binding that rests on this issuer. */
  boundTo(issuer: string): readonly AgentRecord[];
  /** Does the agent still have the binding, and is its issuer still trusted? */
  stands(agentId: string, binding: string, issuer: string): boolean;
}

/** Reads the bindings of the registry; what is worked out is kept until the registry changes. */
export function createWorkloadBindings(registry: RegistryPort): WorkloadBindings {
  let revision = -1;
  let index = new Map<string, AgentRecord[]>();
  const digests = new WeakMap<readonly WorkloadBinding[], ReadonlySet<string>>();
  const refresh = (): void => {
    if (revision === registry.revision) return;
    revision = registry.revision;
    index = new Map();
    for (const agent of registry.agents()) {
      for (const issuer of new Set(agent.bindings.map(issuerOf))) {
        const agents = index.get(issuer) ?? [];
        agents.push(agent);
        index.set(issuer, agents);
      }
    }
  };
  return {
    boundTo(issuer) {
      refresh();
      return index.get(issuer) ?? [];
    },
    stands(agentId, binding, issuer) {
      const bindings = registry.agent(agentId)?.bindings;
      if (bindings === undefined) return false;
      const known = digests.get(bindings) ?? new Set(bindings.map(bindingDigest));
      digests.set(bindings, known);
      const isTrusted = issuer === "" || registry.issuer(issuer)?.uses.includes("workload") === true;
      return isTrusted && known.has(binding);
    },
  };
}
