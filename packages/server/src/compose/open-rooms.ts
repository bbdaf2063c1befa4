import type { Approvals } from "../approvals/index.ts";
import type { Releases } from "../assurance/releases/index.ts";
import { type Attestation, openAttestation } from "../attestation/index.ts";
import type { Flow } from "../flow/index.ts";
import { isolationFault } from "../gateway/index.ts";
import { type Mandates, openMandates } from "../mandates/mandates.ts";
import type { JsonFetcher } from "../platform/fetch/safe-fetch.ts";
import { openRegistry, type Registry } from "../registry/registry.ts";
import { unknownTool } from "../registry/unknown-tool.ts";
import type { Foundation } from "./open-foundation.ts";
import { ownPaths } from "./own-paths.ts";
import { openPublication } from "./policy-publication.ts";
import type { SettingsInForce } from "./settings-in-force.ts";
import { openSubjectUses } from "./subject-uses.ts";

/**
 * Opens the registry.
 * @param endsWith - what of releases ends with an agent
 * @throws `malformed_input`, `policy_engine_failed`
 */
export function openRegistryOn(base: Foundation, endsWith: Releases["glassEndsWith"]): Promise<Registry> {
  const { clock, evidence, state, config, policies, containment } = base;
  const publication = openPublication(base);
  return openRegistry({
    endsWith,
    mayPublish: (digest, request) => publication.check(digest, request),
    clock,
    evidence,
    state,
    baseUrl: config.baseUrl,
    compile: (bundle) => policies.compile(bundle),
    isolationFault: (upstream) => isolationFault(upstream, config.environment, ownPaths(config)),
    prepareRevocation: ({ request, ...rest }) =>
      containment.prepare({ ...rest, by: "operator", proof: request }),
  });
}

/** The registry as attestation reads it: with the revision as a value. */
export function revised(
  registry: Registry,
): Pick<Registry, "agent" | "issuer" | "agents"> & { readonly revision: number } {
  return {
    agent: (id) => registry.agent(id),
    issuer: (url) => registry.issuer(url),
    agents: () => registry.agents(),
    get revision() {
      return registry.revision();
    },
  };
}

/** Opens attestation, with its instances and join codes. */
export function openAttestationOn(
  base: Foundation,
  registry: Registry,
  { fetcher, flow }: { readonly fetcher: JsonFetcher; readonly flow: Flow },
): Promise<Attestation> {
  const { config, clock, evidence, state, containment } = base;
  return openAttestation({
    issuer: config.baseUrl,
    clock,
    evidence,
    state,
    registry: revised(registry),
    epochs: containment,
    revoke: (request) => containment.revoke(request),
    forget: (instance) => flow.forget(instance),
    fetcher,
  });
}

/** Opens the mandates that were open before. */
export async function openMandatesOn(
  base: Foundation,
  registry: Registry,
  settings: SettingsInForce,
  {
    flow,
    approvals,
    verifySubject,
  }: { readonly flow: Flow; readonly approvals: Approvals | undefined } & Pick<
    Parameters<typeof openMandates>[0],
    "verifySubject"
  >,
): Promise<Mandates> {
  const { clock, evidence, state, containment } = base;
  return openMandates({
    clock,
    evidence,
    state,
    registry,
    openTransaction: () => evidence.openTransaction(),
    transactionLength: (txn) => evidence.transactionLength(txn),
    verifySubject,
    epochs: containment,
    unknownTool: (name) => unknownTool(name, registry.servers()),
    entitlements: () => registry.entitlements(),
    takeOnce: await openSubjectUses(evidence, state, clock, "mandate-use"),
    prepareRevocation: (request) => containment.prepare(request),
    endTransaction(txn) {
      const { drafts, changes } = approvals?.endTransaction(txn) ?? { drafts: [], changes: [] };
      return { drafts, changes: [...changes, ...flow.end(txn)] };
    },
    bounds: settings,
  });
}
