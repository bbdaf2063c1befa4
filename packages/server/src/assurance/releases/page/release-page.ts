import { type Clock, type JsonObject, readObject, readString } from "@narrowgate/kernel";
import { errorAnswer, okAnswer } from "../../../platform/http/json-answer.ts";
import { createSite, type Site, type SiteRoute, textAnswer } from "../../../platform/pages/serve-site.ts";
import type { DescribedRelease } from "../describe-release.ts";
import type { Releases } from "../releases.ts";
import { RELEASE_PAGE, RELEASE_SCRIPT, RELEASE_STYLE } from "./page-texts.ts";

/** What the page stands on; supplied by compose. */
export interface ReleasePagePorts {
  readonly releases: Pick<Releases, "describe" | "sign">;
  readonly clock: Clock;
  /** The approval origin. */
  readonly origin: string;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}

const short = { min: 1, max: 1366, pattern: /^[A-Za-z0-9_-]+$/ };

function describedJson(described: DescribedRelease): JsonObject {
  if (described.state !== "open") return { state: described.state };
  const { rows, rpId, given, choices, notAfterMs, ...rest } = described;
  return {
    ...rest,
    rows: rows.map((row) => ({ ...row })),
    rp_id: rpId,
    not_after: notAfterMs,
    given: given.map((one) => ({ ...one })),
    choices: choices.map((choice) => ({ ...choice })),
  };
}

function routes({ releases }: ReleasePagePorts): readonly SiteRoute[] {
  return [
    { method: "GET", path: "/release", answer: () => textAnswer(RELEASE_PAGE, "text/html") },
    { method: "GET", path: "/release.js", answer: () => textAnswer(RELEASE_SCRIPT, "text/javascript") },
    { method: "GET", path: "/release.css", answer: () => textAnswer(RELEASE_STYLE, "text/css") },
    {
      // The handle is in the body, so that it stands in no address and no log of one.
      method: "POST",
      path: "/release/request",
      isCounted: true,
      answer({ body }) {
        const { handle } = readObject(body, "", ["handle"]);
        const described = releases.describe(readString(handle, "/handle", short));
        return described === undefined
          ? errorAnswer("not_found", "there is no such release; ask for the address again")
          : okAnswer(describedJson(described));
      },
    },
    {
      method: "POST",
      path: "/release/sign",
      isCounted: true,
      async answer({ body }) {
        const sent = readObject(body, "", ["handle", "credential", "signed"]);
        const handle = readString(sent.handle, "/handle", short);
        const credential = readString(sent.credential, "/credential", short);
        const { missing, ...rest } = await releases.sign({ handle, credential, signed: Object(body).signed });
        return okAnswer({ ...rest, missing: [...missing] });
      },
    },
  ];
}

/** Serves the page on which releases are signed, on the approval origin. Nobody signs in there. */
export function createReleasePage(ports: ReleasePagePorts): Site {
  const { clock, origin, report } = ports;
  return createSite(routes(ports), { clock, origin, report });
}
