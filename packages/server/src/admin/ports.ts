import type { AgentRecord, ErrorCode, RevocableKind } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Declassify, WaitingCallView } from "./ports/approvals-port.ts";
import type { DrillsPort } from "./ports/drills-port.ts";
import type { EvidencePacksPort } from "./ports/evidence-packs-port.ts";
import type { EvidencePort } from "./ports/evidence-port.ts";
import type { InstanceView } from "./ports/instance-view.ts";
import type { MandatesPort } from "./ports/mandates-port.ts";
import type { OperatorsPort } from "./ports/operators-port.ts";
import type { OverlaysPort } from "./ports/overlays-port.ts";
import type { PeoplePort } from "./ports/people-port.ts";
import type { PoliciesPort } from "./ports/policies-port.ts";
import type { ReadinessPort } from "./ports/readiness-port.ts";
import type { LiveOperation, RegistryPort } from "./ports/registry-port.ts";
import type { EffectsPort, ReleasePacksPort, ReleasesPort } from "./ports/releases-port.ts";
import type { RetentionPort } from "./ports/retention-port.ts";
import type { SignedRequest } from "./ports/signed-request.ts";
import type { WitnessesPort } from "./ports/witnesses-port.ts";

/** Everything the admin API stands on; supplied by compose. */
export interface AdminPorts {
  /** Origin of this instance, for the part that is served over TCP. */
  readonly origin: string;
  /** Environment, versions, boot: whatever the process says of itself. */
  readonly status: () => JsonObject;
  /** The description of this API. */
  readonly openApi: () => JsonObject;
  readonly operators: OperatorsPort;
  readonly people: PeoplePort;
  /** Address of the page on which people make passkeys; absent where there is none. */
  readonly enrolAddress?: string;
  readonly registry: RegistryPort;
  /** What an upstream states now. @throws `not_found`, `upstream_unavailable`, `upstream_timeout`, `upstream_malformed` */
  readonly liveDefinitions: (server: string) => Promise<readonly LiveOperation[]>;
  /** A one-time code by which an instance of the agent enrols its own key. */
  readonly createJoinCode: (
    agent: AgentRecord,
    request: SignedRequest,
  ) => Promise<{ readonly code: string; readonly expiresAtMs: number }>;
  /** Instances of one agent, by its id. */
  readonly instances: (agent: string) => readonly InstanceView[];
  readonly mandates: MandatesPort;
  /** Revokes by ref, or by H(jti) for a token. */
  readonly revoke: (
    target: {
      readonly kind: RevocableKind;
      readonly id: string;
      readonly reason: string;
      readonly name?: string;
    },
    request: SignedRequest,
  ) => Promise<{ readonly feed: number; readonly epoch: number }>;
  /** Ref of a subject or other named thing; undefined when there is none. */
  readonly refOf: (kind: RevocableKind, name: string) => Promise<string | undefined>;
  /** Calls that wait for people, oldest first; none where there is no place to approve them. */
  readonly waitingCalls: () => readonly WaitingCallView[];
  readonly declassify: Declassify;
  readonly witnesses: WitnessesPort;
  /** A one-time code that a person types to look at the pages, as this operator. */
  readonly issueViewerCode: (request: SignedRequest) => {
    readonly code: string;
    readonly expiresAtMs: number;
  };
  readonly evidence: EvidencePort;
  readonly overlays: OverlaysPort;
  readonly policies: PoliciesPort;
  readonly releases: ReleasesPort;
  readonly packs: ReleasePacksPort;
  readonly effects: EffectsPort;
  readonly evidencePacks: EvidencePacksPort;
  readonly retention: RetentionPort;
  readonly readiness: ReadinessPort;
  readonly drills: DrillsPort;
  /** Puts on record that a request of an operator was refused; bounded, and not waited for. */
  readonly recordRefusal: (refusal: {
    readonly code: ErrorCode;
    readonly method: string;
    /** Without the query. */
    readonly path: string;
  }) => void;
  /** Told of failures of our own. Never a body, a code or a signature. */
  readonly report: (failure: {
    readonly method: string;
    readonly path: string;
    readonly cause: unknown;
  }) => void;
}
