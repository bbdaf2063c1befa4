import type { Approvals } from "../approvals/index.ts";
import type { Evaluations } from "../assurance/evaluate/index.ts";
import type { Releases } from "../assurance/releases/index.ts";
import type { Attestation } from "../attestation/index.ts";
import type { Flow } from "../flow/index.ts";
import type { Gateway } from "../gateway/index.ts";
import type { Mandates } from "../mandates/mandates.ts";
import type { Operators } from "../operators/operators.ts";
import type { People } from "../people/index.ts";
import type { Registry } from "../registry/registry.ts";
import type { Retention } from "../retention/index.ts";
import type { StsPorts } from "../sts/index.ts";
import type { Foundation } from "./open-foundation.ts";
import type { TokenKeyRotation } from "./token-key-rotation.ts";

/** An open instance: every room, introduced to the others. Not yet listening. */
export interface Instance extends Foundation {
  readonly registry: Registry;
  readonly operators: Operators;
  readonly people: People;
  readonly mandates: Mandates;
  readonly flow: Flow;
  /** Absent: there is no place at which people approve. */
  readonly approvals: Approvals | undefined;
  readonly attestation: Attestation;
  readonly evaluations: Evaluations;
  readonly releases: Releases;
  readonly gateway: Gateway;
  readonly sts: StsPorts;
  readonly rotation: TokenKeyRotation;
  readonly retention: Retention;
  close(): Promise<void>;
}
