import type { JsonObject } from "@narrowgate/kernel";
import type { Site, SitePorts } from "../../../platform/pages/serve-site.ts";
import { createSigningSite, shownJson } from "../../../platform/pages/signing-site.ts";
import type { DescribedRelease } from "../describe-release.ts";
import type { Releases } from "../releases.ts";
import { RELEASE_PAGE } from "./page-texts.ts";

/** What the page stands on, on the approval origin; supplied by compose. */
export interface ReleasePagePorts extends SitePorts {
  readonly releases: Pick<Releases, "describe" | "sign">;
}

function describedJson(described: DescribedRelease): JsonObject {
  if (described.state !== "open") return { state: described.state };
  const { id, notAfterMs } = described;
  return { ...shownJson(described), id, not_after: notAfterMs };
}

/** Serves the page on which releases are signed, on the approval origin. Nobody signs in there. */
export function createReleasePage({ releases, ...ports }: ReleasePagePorts): Site {
  return createSigningSite(
    {
      page: RELEASE_PAGE,
      unknown: "there is no such release; ask for the address again",
      describe(handle) {
        const described = releases.describe(handle);
        return described === undefined ? undefined : describedJson(described);
      },
      async sign(sent) {
        const { id, kind, missing } = await releases.sign(sent);
        return { id, kind, missing };
      },
    },
    ports,
  );
}
