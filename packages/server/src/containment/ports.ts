import type { EvidenceSink, RevocationListener, StateReader } from "@narrowgate/contracts";

/** What containment needs; supplied by compose. */
export interface ContainmentPorts {
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  /** Told after the commit: ends live streams and pending calls. */
  readonly listeners: readonly RevocationListener[];
}
