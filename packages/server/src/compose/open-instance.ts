import { type Clock, systemClock } from "@narrowgate/kernel";
import type { Releases } from "../assurance/releases/index.ts";
import { createSubjectVerifier } from "../attestation/index.ts";
import type { Config } from "../config/config.ts";
import type { DecisionPorts } from "../decisions/ports.ts";
import { openFlow } from "../flow/index.ts";
import { openOperators } from "../operators/operators.ts";
import { openPeople } from "../people/index.ts";
import { approvalsInDecisions } from "./approval-ports.ts";
import { decidingPolicies } from "./deciding-policies.ts";
import { flowInDecisions } from "./flow-ports.ts";
import { startHouseKeeping } from "./house-keeping.ts";
import type { Instance } from "./instance.ts";
import { openApprovalsOn } from "./open-approvals.ts";
import { openAssuranceOn } from "./open-assurance.ts";
import { closeFoundation, type Foundation, openFoundation } from "./open-foundation.ts";
import { openGatewayOn, openTokenService } from "./open-front.ts";
import { openRetention } from "./open-retention.ts";
import { openAttestationOn, openMandatesOn, openRegistryOn, revised } from "./open-rooms.ts";
import { openOutsideFetcher } from "./outside-fetcher.ts";
import { signersOf } from "./people-ports.ts";
import { createProofOfPossession } from "./proof-of-possession.ts";
import type { Report } from "./report.ts";
import { settingsInForce } from "./settings-in-force.ts";
import { openSubjectUses } from "./subject-uses.ts";
import { openTokenKeyRotation } from "./token-key-rotation.ts";

/** Rooms that stand on the foundation alone. */
type FirstRooms = Pick<Instance, "registry" | "operators" | "people" | "flow" | "attestation"> & {
  readonly verifySubject: ReturnType<typeof createSubjectVerifier>;
};

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

function decisionPorts(
  { clock, config, overlays, policies }: Foundation,
  flow: DecisionPorts["flow"],
  { approvals, releases }: Pick<Instance, "approvals" | "releases">,
): DecisionPorts {
  return {
    clock,
    env: config.environment,
    policies: decidingPolicies(policies, overlays, releases),
    flow,
    approvals: approvals === undefined ? { held: () => [] } : approvalsInDecisions(approvals, flow),
  };
}

/** What operators and people declared, and who runs here. */
async function openFirstRooms(base: Foundation, endsWith: Releases["glassEndsWith"]): Promise<FirstRooms> {
  const { clock, config, evidence, state } = base;
  const registry = await openRegistryOn(base, endsWith);
  base.watching?.know(() => registry.agents());
  const operators = await openOperators({ clock, evidence, state, origin: config.baseUrl });
  const people = await openPeople({ clock, evidence, state });
  const fetcher = await openOutsideFetcher(config);
  const flow = await openFlow(state);
  const attestation = await openAttestationOn(base, registry, { fetcher, flow });
  const verifySubject = createSubjectVerifier({
    issuer: config.baseUrl,
    clock,
    registry: revised(registry),
    fetcher,
    takeOnce: await openSubjectUses(evidence, state, clock, "subject-use"),
  });
  return { registry, operators, people, flow, attestation, verifySubject };
}

async function openRooms(base: Foundation): Promise<Instance> {
  const { config, clock, report } = base;
  const { verifySubject, ...first } = await openFirstRooms(base, (ref, request) =>
    releases.glassEndsWith(ref, request),
  );
  const { registry, people, flow, attestation } = first;
  const possession = createProofOfPossession(config, base.custody, clock);
  const settings = settingsInForce(config, registry);
  const approvals = await openApprovalsOn(base, {
    registry,
    signers: signersOf(people, config.baseUrl),
    mandate: (id) => mandates.mandate(id),
    flow,
    sts: () => sts,
  });
  const retention = await openRetention(base, registry);
  const { evaluations, releases } = await openAssuranceOn(base, { ...first, retention, sts: () => sts });
  const mandates = await openMandatesOn(base, registry, settings, { flow, approvals, verifySubject });
  const decisions = decisionPorts(base, flowInDecisions(flow, attestation), { approvals, releases });
  const front = {
    registry,
    mandates,
    attestation,
    possession,
    decisions,
    flow,
    approvals,
    settings,
    releases,
  };
  const gateway = openGatewayOn(base, front);
  base.listeners.push(gateway.revocations);
  const sts = await openTokenService(base, front);
  const everyMs = config.tokenKeyRotationHours * 3_600_000;
  const rotation = await openTokenKeyRotation({ ...base, everyMs });
  const houseKeeping = startHouseKeeping(
    { mandates, approvals, evaluations, rotation, retention, refusals: sts.evidence },
    report,
  );
  const close = async (): Promise<void> => {
    houseKeeping.stop();
    approvals?.close();
    await gateway.close();
    await retention.close();
    await evaluations.close();
    // A log that cannot be written any more takes no counts either; that is reported where it happens.
    await sts.evidence.flush("all").catch(() => undefined);
    await closeFoundation(base);
  };
  return {
    ...base,
    ...first,
    mandates,
    approvals,
    evaluations,
    releases,
    gateway,
    sts,
    rotation,
    retention,
    close,
  };
}
