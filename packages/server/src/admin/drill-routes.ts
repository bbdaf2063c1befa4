import { parseDrillRunReport } from "@narrowgate/contracts";
import { NarrowgateError, readObject } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { param } from "./read-values.ts";
import { readStated } from "./release-routes.ts";
import type { Route } from "./route.ts";

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
