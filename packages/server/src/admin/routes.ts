import { okAnswer } from "../platform/http/json-answer.ts";
import { agentRoutes } from "./agent-routes.ts";
import { approvalRoutes } from "./approval-routes.ts";
import { consoleRoutes } from "./console-routes.ts";
import { drillRoutes } from "./drill-routes.ts";
import { evidencePackRoutes } from "./evidence-pack-routes.ts";
import { evidenceRoutes } from "./evidence-routes.ts";
import { mandateRoutes } from "./mandate-routes.ts";
import { operatorRoutes } from "./operator-routes.ts";
import { overlayRoutes } from "./overlay-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { pinRoutes } from "./pin-routes.ts";
import { policyRoutes } from "./policy-routes.ts";
import { readinessRoutes } from "./readiness-routes.ts";
import { registryRoutes } from "./registry-routes.ts";
import { releaseRoutes } from "./release-routes.ts";
import { retentionRoutes } from "./retention-routes.ts";
import type { Route } from "./route.ts";
import { witnessRoutes } from "./witness-routes.ts";

const selfRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/status",
    access: "local",
    handle: (_, { status, operators }) => okAnswer({ ...status(), operators: operators.list().length }),
  },
  { method: "GET", path: "/openapi.json", access: "public", handle: (_, { openApi }) => okAnswer(openApi()) },
];

/** The whole API, one row an address. */
export const ADMIN_ROUTES: readonly Route[] = [
  ...selfRoutes,
  ...operatorRoutes,
  ...peopleRoutes,
  ...registryRoutes,
  ...pinRoutes,
  ...agentRoutes,
  ...mandateRoutes,
  ...approvalRoutes,
  ...evidenceRoutes,
  ...evidencePackRoutes,
  ...retentionRoutes,
  ...policyRoutes,
  ...overlayRoutes,
  ...releaseRoutes,
  ...readinessRoutes,
  ...drillRoutes,
  ...witnessRoutes,
  ...consoleRoutes,
];
