import {
  type DrillResult,
  type DrillRunAnswer,
  type DrillRunReport,
  type Pilot,
  parseDrillRunReport,
} from "@narrowgate/contracts";
import { NarrowgateError, readObject } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { SignedRequest } from "./ports.ts";
import { param } from "./read-values.ts";
import { readStated } from "./release-routes.ts";
import type { Route } from "./route.ts";

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
  pilot(agent: string, stated?: ReturnType<typeof readStated>): Promise<Pilot>;
}

/** One result. It is kept as a row that is read at each start, so it is held well below what a row may be. */
const RESULT = { maxBodyBytes: 1_048_576, maxKeys: 8192 };

/** What drills of sandboxes of this build came to. The driver runs elsewhere; an operator signs what it found. */
export const drillRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/drills",
    access: "local",
    handle: (_, { drills }) =>
      okAnswer({ build: drills.build, drills: drills.list().map((one) => ({ ...one })) }),
  },
  {
    method: "POST",
    path: "/drills",
    access: "signed",
    limits: RESULT,
    async handle({ body, signer }, { drills }) {
      // A result of another build says nothing of this one, and would only crowd the log.
      const { build } = Object(body);
      if (build !== drills.build)
        throw new NarrowgateError("conflict", "the result is of another build than the one that runs here");
      const { entry, result } = await drills.record(body, signer);
      return okAnswer({ entry, drill: result.drill, verdict: result.verdict }, 201);
    },
  },
  {
    method: "POST",
    path: "/drills/run",
    access: "signed",
    async handle({ body, signer }, { drills }) {
      return okAnswer({ ...drills.report(parseDrillRunReport(body), signer) });
    },
  },
  {
    method: "POST",
    path: "/drills/pilots/{id}",
    access: "signed",
    async handle(request, { drills }) {
      const sent = readObject(request.body, "", ["attested", "declared"]);
      const stated = Object.keys(sent).length === 0 ? undefined : readStated(sent);
      return okAnswer({ ...(await drills.pilot(param(request, "id"), stated)) });
    },
  },
];
