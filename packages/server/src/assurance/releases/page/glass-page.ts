import { type Clock, type JsonObject, readObject, readString } from "@narrowgate/kernel";
import { errorAnswer, okAnswer } from "../../../platform/http/json-answer.ts";
import { createSite, type Site, type SiteRoute, textAnswer } from "../../../platform/pages/serve-site.ts";
import type { DescribedGlass } from "../glass/describe-glass.ts";
import type { Releases } from "../releases.ts";
import { GLASS_PAGE, GLASS_SCRIPT, GLASS_STYLE } from "./glass-texts.ts";

/** What the page stands on; supplied by compose. */
export interface GlassPagePorts {
  readonly releases: Pick<Releases, "describeGlass" | "answerGlass">;
  readonly clock: Clock;
  /** The approval origin. */
  readonly origin: string;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}

const short = { min: 1, max: 1366, pattern: /^[A-Za-z0-9_-]+$/ };

function describedJson(described: DescribedGlass): JsonObject {
  if (!("rows" in described)) return { state: described.state };
  const { rows, rpId, given, choices, state } = described;
  return {
    state,
    rows: rows.map((row) => ({ ...row })),
    rp_id: rpId,
    given: given.map((one) => ({ ...one })),
    choices: choices.map((choice) => ({ ...choice })),
  };
}

function routes({ releases }: GlassPagePorts): readonly SiteRoute[] {
  return [
    { method: "GET", path: "/glass", answer: () => textAnswer(GLASS_PAGE, "text/html") },
    { method: "GET", path: "/glass.js", answer: () => textAnswer(GLASS_SCRIPT, "text/javascript") },
    { method: "GET", path: "/glass.css", answer: () => textAnswer(GLASS_STYLE, "text/css") },
    {
      // The handle is in the body, so that it stands in no address and no log of one.
      method: "POST",
      path: "/glass/request",
      isCounted: true,
      async answer({ body }) {
        const { handle } = readObject(body, "", ["handle"]);
        const described = await releases.describeGlass(readString(handle, "/handle", short));
        return described === undefined
          ? errorAnswer("not_found", "there is no such break-glass; ask for the address again")
          : okAnswer(describedJson(described));
      },
    },
    {
      method: "POST",
      path: "/glass/sign",
      isCounted: true,
      async answer({ body }) {
        const sent = readObject(body, "", ["handle", "credential", "signed"]);
        const handle = readString(sent.handle, "/handle", short);
        const credential = readString(sent.credential, "/credential", short);
        const answer = { handle, credential, signed: Object(body).signed };
        const { id, kind, untilMs } = await releases.answerGlass(answer);
        return okAnswer({ id, kind, ...(untilMs === undefined ? {} : { until: untilMs }) });
      },
    },
  ];
}

/** Serves the page on which a break-glass is signed and reviewed, on the approval origin. Nobody signs in there. */
export function createGlassPage(ports: GlassPagePorts): Site {
  const { clock, origin, report } = ports;
  return createSite(routes(ports), { clock, origin, report });
}
