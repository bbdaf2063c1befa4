import type { Reader } from "../../reading/shape.ts";
import type { LeafType } from "../draft.ts";
import { type AttestationBody, type MandateBody, readAttestation, readMandate } from "./actors.ts";
import { type AssuranceBody, type ReleaseBody, readAssurance, readRelease } from "./assurance.ts";
import { type DecisionBody, readDecision } from "./decision.ts";
import {
  type DispatchBody,
  type OutcomeBody,
  readDispatch,
  readOutcome,
  readToken,
  readUnknown,
  type TokenBody,
  type UnknownBody,
} from "./effects.ts";
import {
  type ClosingBody,
  type ErasureBody,
  type ReadBody,
  type RevocationBody,
  readClosing,
  readErasure,
  readRead,
  readRevocation,
} from "./endings.ts";
import { type BootBody, type GenesisBody, type KeyBody, readBoot, readGenesis, readKey } from "./log.ts";
import { type OverlayBody, readOverlay } from "./overlay.ts";
import {
  type ApprovalBody,
  type LabelBody,
  type PersonBody,
  readApproval,
  readLabelBody,
  readPerson,
} from "./people.ts";
import {
  type OperatorBody,
  type PolicyBody,
  type RegistryBody,
  readOperator,
  readPolicy,
  readRegistry,
} from "./registry.ts";

/** The body of each leaf type. @see docs/spec/evidence.md section 4 */
export interface LeafBodies {
  readonly genesis: GenesisBody;
  readonly boot: BootBody;
  readonly key: KeyBody;
  readonly operator: OperatorBody;
  readonly registry: RegistryBody;
  readonly policy: PolicyBody;
  readonly attestation: AttestationBody;
  readonly mandate: MandateBody;
  readonly decision: DecisionBody;
  readonly token: TokenBody;
  readonly dispatch: DispatchBody;
  readonly outcome: OutcomeBody;
  readonly unknown: UnknownBody;
  readonly revocation: RevocationBody;
  readonly closing: ClosingBody;
  readonly read: ReadBody;
  readonly erasure: ErasureBody;
  readonly label: LabelBody;
  readonly person: PersonBody;
  readonly approval: ApprovalBody;
  readonly assurance: AssuranceBody;
  readonly release: ReleaseBody;
  readonly overlay: OverlayBody;
}

const readers: { readonly [T in LeafType]: Reader<LeafBodies[T]> } = {
  genesis: readGenesis,
  boot: readBoot,
  key: readKey,
  operator: readOperator,
  registry: readRegistry,
  policy: readPolicy,
  attestation: readAttestation,
  mandate: readMandate,
  decision: readDecision,
  token: readToken,
  dispatch: readDispatch,
  outcome: readOutcome,
  unknown: readUnknown,
  revocation: readRevocation,
  closing: readClosing,
  read: readRead,
  erasure: readErasure,
  label: readLabelBody,
  person: readPerson,
  approval: readApproval,
  assurance: readAssurance,
  release: readRelease,
  overlay: readOverlay,
};

/**
 * Reads the body of a leaf of this type.
 * @throws NarrowgateError `malformed_input`
 */
export function readBody<T extends LeafType>(type: T, value: unknown, path: string): LeafBodies[T] {
  return readers[type](value, path);
}
