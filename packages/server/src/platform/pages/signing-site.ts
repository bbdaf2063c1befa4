import { type JsonObject, type JsonValue, readObject, readString } from "@narrowgate/kernel";
import { errorAnswer, okAnswer } from "../http/json-answer.ts";
import { createSite, type Site, type SitePorts, type SiteRoute, textAnswer } from "./serve-site.ts";
import type { SigningPage } from "./signing-page.ts";

/** What somebody sent who signed something. Attacker-controlled. */
export interface SentSignature {
  /** Whatever the address of the page ended in. */
  readonly handle: string;
  /** Id of a passkey. */
  readonly credential: string;
  readonly signed: JsonValue;
}

/** What every page shows of something that can be signed. */
export interface ShownToSign {
  readonly state: string;
  readonly rows: readonly { readonly label: string; readonly value: string }[];
  readonly rpId: string;
  /** Who has signed. */
  readonly given: readonly JsonObject[];
  /** What can be signed: statements as canonical JSON. */
  readonly choices: readonly JsonObject[];
}

/** One page, and what it calls. */
export interface SigningSiteParts {
  readonly page: SigningPage;
  /** Said to a handle that nobody was given. */
  readonly unknown: string;
  /** What the page shows: {@link shownJson} and what is its own, or a state alone. */
  readonly describe: (handle: string) => JsonObject | undefined | Promise<JsonObject | undefined>;
  readonly sign: (sent: SentSignature) => Promise<JsonObject>;
}

const short = { min: 1, max: 1366, pattern: /^[A-Za-z0-9_-]+$/ };

/** What the script of every such page reads. */
export function shownJson({ state, rows, rpId, given, choices }: ShownToSign): JsonObject {
  return { state, rows, rp_id: rpId, given, choices };
}

function textRoutes({ path, document, script, style }: SigningPage): readonly SiteRoute[] {
  return [
    { method: "GET", path, answer: () => textAnswer(document, "text/html") },
    { method: "GET", path: `${path}.js`, answer: () => textAnswer(script, "text/javascript") },
    { method: "GET", path: `${path}.css`, answer: () => textAnswer(style, "text/css") },
  ];
}

function routes({ page, unknown, describe, sign }: SigningSiteParts): readonly SiteRoute[] {
  return [
    ...textRoutes(page),
    {
      // The handle is in the body, so that it stands in no address and no log of one.
      method: "POST",
      path: `${page.calls}/request`,
      isCounted: true,
      async answer({ body }) {
        const { handle } = readObject(body, "", ["handle"]);
        const described = await describe(readString(handle, "/handle", short));
        return described === undefined ? errorAnswer("not_found", unknown) : okAnswer(described);
      },
    },
    {
      method: "POST",
      path: `${page.calls}/sign`,
      isCounted: true,
      async answer({ body }) {
        const sent = readObject(body, "", ["handle", "credential", "signed"]);
        const handle = readString(sent.handle, "/handle", short);
        const credential = readString(sent.credential, "/credential", short);
        return okAnswer(await sign({ handle, credential, signed: Object(body).signed }));
      },
    },
  ];
}

/**
 * Serves a page on which something is signed: the page, its script and style, reading one request, and one signature.
 * Trust: everything that comes in is attacker-controlled; nobody is known here but by what a passkey signs. No cookies.
 */
export function createSigningSite(parts: SigningSiteParts, ports: SitePorts): Site {
  return createSite(routes(parts), ports);
}
