import type { JsonObject } from "@narrowgate/kernel";
import type { Site, SitePorts } from "../../platform/pages/serve-site.ts";
import { createSigningSite, shownJson } from "../../platform/pages/signing-site.ts";
import type { Approvals } from "../approvals.ts";
import type { DescribedRequest } from "../describe-request.ts";
import { APPROVE_PAGE } from "./page-texts.ts";

/** What the page stands on, on the approval origin; supplied by compose. */
export interface ApprovalPagePorts extends SitePorts {
  readonly approvals: Pick<Approvals, "describe" | "sign">;
}

function describedJson(described: DescribedRequest): JsonObject {
  if (described.state !== "open") return { state: described.state };
  const { id, yes, alike, requires, notAfterMs } = described;
  return { ...shownJson(described), id, yes, alike, requires, not_after: notAfterMs };
}

/** Serves the page on which people answer requests, on the approval origin. Nobody signs in there. */
export function createApprovalPage({ approvals, ...ports }: ApprovalPagePorts): Site {
  return createSigningSite(
    {
      page: APPROVE_PAGE,
      unknown: "there is no such request; ask for the address again",
      describe(handle) {
        const described = approvals.describe(handle);
        return described === undefined ? undefined : describedJson(described);
      },
      async sign(sent) {
        const { id, kind, missing } = await approvals.sign(sent);
        return { id, kind, missing };
      },
    },
    ports,
  );
}
