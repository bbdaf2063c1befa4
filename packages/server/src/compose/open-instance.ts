import { type Clock, systemClock } from "@narrowgate/kernel";
import { type Attestation, createSubjectVerifier, openAttestation } from "../attestation/index.ts";
import type { Config } from "../config/config.ts";
import { createCallDecider } from "../decisions/decide-call.ts";
import type { DecisionPorts } from "../decisions/ports.ts";
import { stableAttributes } from "../evidence/inputs.ts";
import { createGateway, defaultLimits, type Gateway } from "../gateway/index.ts";
import { type Mandates, openMandates } from "../mandates/mandates.ts";
import { type Operators, openOperators } from "../operators/operators.ts";
import type { JsonFetcher } from "../platform/fetch/safe-fetch.ts";
import { openDurableUses } from "../platform/single-use/durable-uses.ts";
import { openRegistry, type Registry } from "../registry/registry.ts";
import type { StsPorts } from "../sts/index.ts";
import { startHouseKeeping } from "./house-keeping.ts";
import { closeFoundation, type Foundation, openFoundation } from "./open-foundation.ts";
import { openOutsideFetcher } from "./outside-fetcher.ts";
import { createProofOfPossession, type ProofOfPossession } from "./proof-of-possession.ts";
import type { Report } from "./report.ts";
import { type SettingsInForce, settingsInForce } from "./settings-in-force.ts";
import { mintDecider } from "./sts-ports.ts";
import { openSubjectUses } from "./subject-uses.ts";
import { openTokenKeyRotation, type TokenKeyRotation } from "./token-key-rotation.ts";
import { createUpstreamTokens } from "./upstream-tokens.ts";

/** An open instance: every room, introduced to the others. Not yet listening. */
export interface Instance extends Foundation {
  readonly registry: Registry;
  readonly operators: Operators;
  readonly mandates: Mandates;
  readonly attestation: Attestation;
  readonly gateway: Gateway;
  readonly sts: StsPorts;
  readonly rotation: TokenKeyRotation;
  close(): Promise<void>;
}

function openRegistryOn({
  clock,
  evidence,
  state,
  config,
  policies,
  containment,
}: Foundation): Promise<Registry> {
  return openRegistry({
    clock,
    evidence,
    state,
    baseUrl: config.baseUrl,
    compile: (bundle) => policies.compile(bundle),
    prepareRevocation: ({ request, ...rest }) =>
      containment.prepare({ ...rest, by: "operator", proof: request }),
  });
}

/** The registry as attestation reads it: with the revision as a value. */
function revised(
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

function openAttestationOn(base: Foundation, registry: Registry, fetcher: JsonFetcher): Promise<Attestation> {
  const { config, clock, evidence, state, containment } = base;
  return openAttestation({
    issuer: config.baseUrl,
    clock,
    evidence,
    state,
    registry: revised(registry),
    epochs: containment,
    revoke: (request) => containment.revoke(request),
    fetcher,
  });
}

async function openMandatesOn(
  base: Foundation,
  registry: Registry,
  settings: SettingsInForce,
  verifySubject: Parameters<typeof openMandates>[0]["verifySubject"],
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
    takeOnce: await openSubjectUses(evidence, state, clock, "mandate-use"),
    prepareRevocation: (request) => containment.prepare(request),
    bounds: settings,
  });
}

interface Front {
  readonly registry: Registry;
  readonly mandates: Mandates;
  readonly attestation: Attestation;
  readonly possession: ProofOfPossession;
  readonly decisions: DecisionPorts;
  readonly settings: SettingsInForce;
}

function openGatewayOn(base: Foundation, { registry, mandates, possession, decisions }: Front): Gateway {
  const { config, clock, containment, custody, evidence, report } = base;
  const inForce = mintDecider(config.baseUrl, registry, decisions).policyInForce;
  return createGateway({
    clock,
    env: config.environment,
    baseUrl: config.baseUrl,
    issuer: config.baseUrl,
    allowedOrigins: [new URL(config.baseUrl).origin, ...config.allowedOrigins],
    limits: defaultLimits,
    tokens: possession.tokens,
    proofs: possession.proofs,
    registry,
    epochs: containment,
    mandates,
    evidence,
    decider: createCallDecider(decisions, stableAttributes),
    reports: {
      report: ({ kind, server, detail, cause }) =>
        report({ kind, detail: server === undefined ? detail : `${server}: ${detail}`, cause }),
    },
    upstreamTokens: createUpstreamTokens({
      issuer: config.baseUrl,
      clock,
      custody,
      evidence,
      epochs: containment,
      inForce,
    }),
    childPath: process.env["PATH"] ?? "",
  });
}

async function openTokenService(base: Foundation, front: Front): Promise<StsPorts> {
  const { config, clock, evidence, containment, custody, state } = base;
  const { registry, mandates, attestation, possession, decisions, settings } = front;
  return {
    issuer: config.baseUrl,
    environment: config.environment,
    clock,
    evidence,
    registry,
    epochs: containment,
    mandates,
    attestation,
    ...possession,
    handOffs: await openDurableUses(state, "hand-off"),
    ...mintDecider(config.baseUrl, registry, decisions),
    async revokeToken(tok, agent) {
      await containment.revoke({
        kind: "token",
        id: tok,
        by: "owner",
        reason: "revoked by its client",
        agent,
      });
    },
    signer: () => custody.signingTokenKey(),
    tokenLifeSeconds: () => settings.tokenLifeSeconds,
  };
}

/** Opens an instance that was created before. @throws `store_missing`, `store_locked`, `state_rolled_back` */
export async function openInstance(
  config: Config,
  report: Report,
  clock: Clock = systemClock,
): Promise<Instance> {
  const base = await openFoundation(config, report, clock);
  try {
    return await openRooms(base);
  } catch (error) {
    await closeFoundation(base);
    throw error;
  }
}

async function openRooms(base: Foundation): Promise<Instance> {
  const { config, clock, report } = base;
  const registry = await openRegistryOn(base);
  const operators = await openOperators({
    clock,
    evidence: base.evidence,
    state: base.state,
    origin: config.baseUrl,
  });
  const possession = createProofOfPossession(config, base.custody, clock);
  const settings = settingsInForce(config, registry);
  const fetcher = await openOutsideFetcher(config);
  const attestation = await openAttestationOn(base, registry, fetcher);
  const subjects = {
    issuer: config.baseUrl,
    clock,
    registry: revised(registry),
    fetcher,
    takeOnce: await openSubjectUses(base.evidence, base.state, clock, "subject-use"),
  };
  const mandates = await openMandatesOn(base, registry, settings, createSubjectVerifier(subjects));
  const decisions = { clock, env: config.environment, policies: () => base.policies.current() };
  const front = { registry, mandates, attestation, possession, decisions, settings };
  const gateway = openGatewayOn(base, front);
  base.listeners.push(gateway.revocations);
  const sts = await openTokenService(base, front);
  const everyMs = config.tokenKeyRotationHours * 3_600_000;
  const rotation = await openTokenKeyRotation({ ...base, everyMs });
  const houseKeeping = startHouseKeeping({ mandates, rotation }, report);
  const close = async (): Promise<void> => {
    houseKeeping.stop();
    await gateway.close();
    await closeFoundation(base);
  };
  return { ...base, registry, operators, mandates, attestation, gateway, sts, rotation, close };
}
