import type { DrillResult, DrillRunAnswer, DrillRunReport, Pilot } from "@narrowgate/contracts";
import type { Stated } from "./releases-port.ts";
import type { SignedRequest } from "./signed-request.ts";

/** A result and the leaf that records it. */
export interface RecordedDrillView {
  readonly entry: string;
  readonly index: number;
  readonly result: DrillResult;
}

/** Results of drills on record, as the admin API sees them. */
export interface DrillsPort {
  /** Digest of the code that runs here. */
  readonly build: string;
  list(): readonly RecordedDrillView[];
  /** @throws `malformed_input`, `evidence_unavailable` */
  record(
    result: unknown,
    request: SignedRequest,
  ): Promise<{ readonly entry: string; readonly result: DrillResult }>;
  /** Takes what is told of a run that goes on. @throws `drill_running` while another one does */
  report(report: DrillRunReport, request: SignedRequest): DrillRunAnswer;
  /**
   * An agent with all that its release is made of, to stand in a sandbox.
   * @param stated - what will be said of it when it is proposed; what is said of the release in force where it is absent
   * @throws `not_found`, `policy_missing`
   */
  pilot(agent: string, stated?: Stated): Promise<Pilot>;
}
