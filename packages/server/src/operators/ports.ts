import type { EvidenceSink, StateReader } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";

/** What the operators room needs; supplied by compose. */
export interface OperatorPorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  /** Origin of this instance: what every signed request names as its audience. */
  readonly origin: string;
}
