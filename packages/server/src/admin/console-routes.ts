import { okAnswer } from "../platform/http/json-answer.ts";
import type { Route } from "./route.ts";

/** Letting a person look at the pages. */
export const consoleRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/console/codes",
    access: "signed",
    async handle(request, { issueViewerCode }) {
      const { code, expiresAtMs } = issueViewerCode(request.signer);
      return okAnswer({ code, expires_at_ms: expiresAtMs }, 201);
    },
  },
];
