import { type Clock, type JsonObject, readObject, readString } from "@narrowgate/kernel";
import { errorAnswer, okAnswer } from "../../platform/http/json-answer.ts";
import { createSite, type Site, type SiteRoute, textAnswer } from "../../platform/pages/serve-site.ts";
import type { Approvals } from "../approvals.ts";
import type { DescribedRequest } from "../describe-request.ts";
import { APPROVE_PAGE, APPROVE_SCRIPT, APPROVE_STYLE } from "./page-texts.ts";

/** What the approval origin stands on; supplied by compose. */
export interface ApprovalPagePorts {
  readonly approvals: Pick<Approvals, "describe" | "sign">;
  readonly clock: Clock;
  /** As configured. Nobody signs in there. */
  readonly origin: string;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}

const short = { min: 1, max: 1366, pattern: /^[A-Za-z0-9_-]+$/ };

function describedJson(described: DescribedRequest): JsonObject {
  if (described.state !== "open") return { state: described.state };
  const { rows, rpId, notAfterMs, choices, given, requires, ...rest } = described;
  return {
    ...rest,
    rows: rows.map((row) => ({ ...row })),
    rp_id: rpId,
    not_after: notAfterMs,
    choices: choices.map((choice) => ({ ...choice })),
    given: given.map((one) => ({ ...one })),
    requires: [...requires],
  };
}

function routes({ approvals }: ApprovalPagePorts): readonly SiteRoute[] {
  return [
    { method: "GET", path: "/approve", answer: () => textAnswer(APPROVE_PAGE, "text/html") },
    { method: "GET", path: "/approve.js", answer: () => textAnswer(APPROVE_SCRIPT, "text/javascript") },
    { method: "GET", path: "/approve.css", answer: () => textAnswer(APPROVE_STYLE, "text/css") },
    {
      // The handle is in the body, so that it stands in no address and no log of one.
      method: "POST",
      path: "/request",
      isCounted: true,
      answer({ body }) {
        const { handle } = readObject(body, "", ["handle"]);
        const described = approvals.describe(readString(handle, "/handle", short));
        return described === undefined
          ? errorAnswer("not_found", "there is no such request; ask for the address again")
          : okAnswer(describedJson(described));
      },
    },
    {
      method: "POST",
      path: "/sign",
      isCounted: true,
      async answer({ body }) {
        const sent = readObject(body, "", ["handle", "credential", "signed"]);
        const handle = readString(sent.handle, "/handle", short);
        const credential = readString(sent.credential, "/credential", short);
        const { missing, ...rest } = await approvals.sign({
          handle,
          credential,
          signed: Object(body).signed,
        });
        return okAnswer({ ...rest, missing: [...missing] });
      },
    },
  ];
}

/**
 * Makes the page on which people answer: one page, its script and style, reading one request, and one signature.
 * Trust: everything that comes in is attacker-controlled; nobody is known here but by what a passkey signs. No cookies.
 */
export function createApprovalPage(ports: ApprovalPagePorts): Site {
  const { clock, origin, report } = ports;
  return createSite(routes(ports), { clock, origin, report });
}
