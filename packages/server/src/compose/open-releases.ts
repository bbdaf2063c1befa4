import { IN_TOTO_PAYLOAD_TYPE, preAuthEncoding, sealEnvelope } from "@narrowgate/contracts";
import type { Signers } from "../approvals/index.ts";
import { openReleases, type ReleasePorts, type Releases } from "../assurance/releases/index.ts";
import { dispatchedCalls } from "../evidence/export/dispatched-calls.ts";
import type { Operators } from "../operators/operators.ts";
import type { Registry } from "../registry/registry.ts";
import { adminRefusals } from "./admin-refusals.ts";
import type { Foundation } from "./open-foundation.ts";

/** The rooms that a release is made from. */
export interface ReleaseRooms {
  readonly registry: Registry;
  readonly operators: Operators;
  readonly signers: Signers;
  /** What this deployment asks of a release, how controls are evaluated, and what stands now. */
  readonly gate: Pick<
    ReleasePorts,
    "profile" | "evaluate" | "judge" | "standing" | "verifyTested" | "recordTested"
  >;
  /** Opened later: by it refusals are kept within bounds. */
  readonly sts: () => Parameters<typeof adminRefusals>[0]["sts"];
}

/** What a refused signature is on record as. */
const signing = { code: "signer_not_eligible", method: "POST", path: "/release/sign" } as const;

/** Opens the releases room. */
export function openReleasesOn(base: Foundation, rooms: ReleaseRooms): Promise<Releases> {
  const { clock, config, containment, custody, evidence, policies, report, state } = base;
  const { registry, operators, signers, gate, sts } = rooms;
  const place =
    config.approvals === undefined
      ? undefined
      : { origin: config.approvals.origin, rpId: config.approvals.rpId };
  return openReleases({
    ...gate,
    clock,
    evidence,
    state,
    environment: config.environment,
    origin: evidence.identity.origin,
    place,
    signers,
    operatorName: (ref) => operators.list().find((operator) => operator.ref === ref)?.name,
    agent: (id) => registry.agent(id),
    keepPolicies: () => policies.keep(),
    preparePolicies: (digest) => policies.prepare(digest),
    revision: () => `${registry.revision()} ${registry.policy().digest ?? ""} ${policies.procedure}`,
    async certify(payload) {
      const signature = await custody.log.sign(preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, payload));
      return sealEnvelope(payload, evidence.identity.origin, signature);
    },
    dispatched: (indexes) => dispatchedCalls(evidence.store, undefined, indexes),
    epoch: (kindRef) => containment.current(kindRef),
    prepareRevocation: (request) => containment.prepare(request),
    refused: (refusal) => adminRefusals({ sts: sts() }, report)({ ...signing, more: refusal }),
  });
}
