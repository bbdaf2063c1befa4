import { type Clock, readObject, readString } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import { createSite, type Site, type SiteRoute, textAnswer } from "../platform/pages/serve-site.ts";
import type { RelyingParty } from "../platform/webauthn/index.ts";
import { beginEnrolment, finishEnrolment } from "./enrol-passkey.ts";
import { ENROL_PAGE, ENROL_SCRIPT, PAGE_STYLE } from "./page-texts.ts";
import type { People } from "./people.ts";
import { readBase64url } from "./read-ceremony.ts";

/** What the page stands on; supplied by compose. */
export interface PeoplePagesPorts {
  readonly people: People;
  readonly clock: Clock;
  /** Origin the page is served from, and what its passkeys are bound to. */
  readonly party: RelyingParty;
  /** Told of failures of our own; never of input. */
  readonly report: (cause: unknown) => void;
}

const MAX_CODE_CHARS = 64;
const MAX_ATTESTATION_CHARS = 24_576;

function readCode(value: unknown): string {
  return readString(value, "/code", { min: 1, max: MAX_CODE_CHARS });
}

function enrolRoutes({ people, party }: PeoplePagesPorts): readonly SiteRoute[] {
  return [
    { method: "GET", path: "/people/enrol", answer: () => textAnswer(ENROL_PAGE, "text/html") },
    { method: "GET", path: "/people/enrol.js", answer: () => textAnswer(ENROL_SCRIPT, "text/javascript") },
    { method: "GET", path: "/people/page.css", answer: () => textAnswer(PAGE_STYLE, "text/css") },
    {
      method: "POST",
      path: "/people/enrol/begin",
      isCounted: true,
      answer: ({ body }) =>
        okAnswer(beginEnrolment(people, party, readCode(readObject(body, "", ["code"]).code))),
    },
    {
      method: "POST",
      path: "/people/enrol/finish",
      isCounted: true,
      async answer({ body }) {
        const sent = readObject(body, "", ["code", "id", "client_data", "attestation_object"]);
        const response = {
          id: readBase64url(sent.id, "/id"),
          clientData: readBase64url(sent.client_data, "/client_data"),
          attestationObject: readBase64url(
            sent.attestation_object,
            "/attestation_object",
            MAX_ATTESTATION_CHARS,
          ),
        };
        const passkey = await finishEnrolment(people, party, { code: readCode(sent.code), response });
        const name = people.person(passkey.person)?.name ?? "";
        return okAnswer({ name, authenticator: passkey.authenticator }, 201);
      },
    },
  ];
}

/** Serves the enrolment of passkeys, on the approval origin. */
export function createPeoplePages(ports: PeoplePagesPorts): Site {
  const { clock, party, report } = ports;
  return createSite(enrolRoutes(ports), { clock, origin: party.origin, report });
}
