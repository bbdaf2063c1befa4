import type { Approvals } from "../approvals/index.ts";
import type { Releases } from "../assurance/releases/index.ts";
import type { Attestation } from "../attestation/index.ts";
import { createCallDecider } from "../decisions/decide-call.ts";
import type { DecisionPorts } from "../decisions/ports.ts";
import { stableAttributes } from "../evidence/inputs.ts";
import type { Flow } from "../flow/index.ts";
import { createGateway, defaultLimits, type Gateway, type GatewayDeps } from "../gateway/index.ts";
import type { Mandates } from "../mandates/mandates.ts";
import { openDurableUses } from "../platform/single-use/durable-uses.ts";
import type { Registry } from "../registry/registry.ts";
import type { StsPorts } from "../sts/index.ts";
import { approvalsInGateway } from "./approval-ports.ts";
import { createAssertionUses } from "./assertion-uses.ts";
import { type BoundedRefusals, boundRefusals } from "./bound-refusals.ts";
import { flowInGateway } from "./flow-ports.ts";
import type { Foundation } from "./open-foundation.ts";
import type { ProofOfPossession } from "./proof-of-possession.ts";
import type { SettingsInForce } from "./settings-in-force.ts";
import { mintDecider } from "./sts-ports.ts";
import { createUpstreamTokens } from "./upstream-tokens.ts";
import { watchCalls, watchMints } from "./watch-decisions.ts";

/** The rooms that gate and token service stand on, beside the foundation. */
export interface Front {
  readonly registry: Registry;
  readonly mandates: Mandates;
  readonly attestation: Attestation;
  readonly possession: ProofOfPossession;
  readonly decisions: DecisionPorts;
  readonly flow: Flow;
  /** Absent: there is no place at which people approve. */
  readonly approvals: Approvals | undefined;
  readonly settings: SettingsInForce;
  readonly releases: Releases;
}

/** Releases are asked for in production alone: at the token endpoint, and at each door that takes a token. */
export function releasesWhereAsked(
  { config }: Pick<Foundation, "config">,
  { releases }: Pick<Front, "releases">,
): { readonly releases?: Releases } {
  return config.environment === "prod" ? { releases } : {};
}

/** Who watches the gate; what upstreams are told as `traceparent`, where the configuration says so. */
function watchOfCalls({ config, watching }: Foundation): Pick<GatewayDeps, "watch"> {
  if (watching === undefined) return {};
  const { call, traceparent } = watching.telemetry;
  const telling = config.traces?.toUpstreams === true ? { traceparent } : {};
  return { watch: { ended: call, ...telling } };
}

/** Opens the gate. */
export function openGatewayOn(base: Foundation, front: Front): Gateway {
  const { registry, mandates, attestation, possession, decisions, flow, approvals } = front;
  const { config, clock, containment, custody, evidence, report, state, policies } = base;
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
    ...releasesWhereAsked(base, front),
    evidence,
    state,
    decider: watchCalls(policies.shadow, clock, createCallDecider(decisions, stableAttributes)),
    flow: flowInGateway(flow, attestation),
    ...(approvals === undefined ? {} : { approvals: approvalsInGateway(approvals, decisions.flow) }),
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
    ...watchOfCalls(base),
  });
}

/** Refusals of one instance at the token endpoint that are kept one by one. */
const REFUSALS_PER_MINUTE = 30;

/** Opens the token service. */
export async function openTokenService(
  base: Foundation,
  front: Front,
): Promise<StsPorts & { readonly evidence: BoundedRefusals }> {
  const { config, clock, evidence, containment, custody, state } = base;
  const { registry, mandates, attestation, possession, decisions, settings } = front;
  return {
    issuer: config.baseUrl,
    environment: config.environment,
    clock,
    evidence: boundRefusals(evidence, clock, REFUSALS_PER_MINUTE),
    registry,
    epochs: containment,
    mandates,
    ...releasesWhereAsked(base, front),
    attestation,
    proofs: possession.proofs,
    tokens: possession.tokens,
    assertions: possession.assertions,
    assertionUses: createAssertionUses({
      clock,
      evidence,
      uses: await openDurableUses(state, "assertion-use"),
      takeInRun: possession.takeOnce,
    }),
    handOffs: await openDurableUses(state, "hand-off"),
    ...watchMints(base.policies.shadow, clock, mintDecider(config.baseUrl, registry, decisions)),
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
    ...(base.watching === undefined ? {} : { watch: base.watching.telemetry.mint }),
  };
}
