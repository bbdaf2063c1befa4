import type { JsonObject } from "@narrowgate/kernel";
import type { Site, SitePorts } from "../../../platform/pages/serve-site.ts";
import { createSigningSite, shownJson } from "../../../platform/pages/signing-site.ts";
import type { DescribedGlass } from "../glass/describe-glass.ts";
import type { Releases } from "../releases.ts";
import { GLASS_PAGE } from "./glass-texts.ts";

/** What the page stands on, on the approval origin; supplied by compose. */
export interface GlassPagePorts extends SitePorts {
  readonly releases: Pick<Releases, "describeGlass" | "answerGlass">;
}

function describedJson(described: DescribedGlass): JsonObject {
  return "rows" in described ? shownJson(described) : { state: described.state };
}

/** Serves the page on which a break-glass is signed and reviewed, on the approval origin. Nobody signs in there. */
export function createGlassPage({ releases, ...ports }: GlassPagePorts): Site {
  return createSigningSite(
    {
      page: GLASS_PAGE,
      unknown: "there is no such break-glass; ask for the address again",
      async describe(handle) {
        const described = await releases.describeGlass(handle);
        return described === undefined ? undefined : describedJson(described);
      },
      async sign(sent) {
        const { id, kind, untilMs } = await releases.answerGlass(sent);
        return { id, kind, ...(untilMs === undefined ? {} : { until: untilMs }) };
      },
    },
    ports,
  );
}
