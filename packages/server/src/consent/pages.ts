import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { type Html, html } from "../platform/pages/html.ts";
import { SITE_STYLE, sitePage } from "../platform/pages/site-page.ts";

/** Where browsers are asked. */
export const CONSENT_PATH = "/people/consent";
/** Where people see what they consented to, and what waits for them. */
export const CONSENTS_PATH = "/people/consents";
/** The look of the pages. */
export const STYLE_PATH = "/people/consent.css";

/** The style of the pages of this room. */
export const STYLE: string = `${SITE_STYLE}h2 { margin: 1.5rem 0 .25rem; }
dl { margin: 0; } dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
ul { margin: 0; padding-left: 1.25rem; }
blockquote { margin: .25rem 0; padding-left: .75rem; border-left: .25rem solid var(--line); }
.detail, .warning { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; margin: .5rem 0; }
.warning { border: 3px solid var(--quiet); }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
form button { flex: 1 1 8rem; }
`;

function page(title: string, body: Html, head: Html = html``): string {
  return sitePage({ title, style: STYLE_PATH, body, head });
}

/** A page that only says something. */
export function messagePage(title: string, text: string): string {
  return page(title, html`<p role="status">${text}</p>`);
}

/**
 * A step on our own ground: browsers keep our cookies back while a foreign page leads here, and give them to a page of
 * ours that goes on.
 */
export function stepPage(next: string): string {
  const refresh = html`<meta http-equiv="refresh" content="0; url=${next}">
`;
  return page("Going on", html`<p><a href="${next}">Continue</a></p>`, refresh);
}

/** A page that asks for a fresh passkey. @param next - address of the sign-in */
export function passkeyPage(next: string): string {
  const body = html`<p>This agent may do what cannot be undone. Use your passkey again to go on.</p>
<p><a href="${next}">Use your passkey</a></p>`;
  return page("Is it you?", body);
}

/** What a consent page shows. */
export interface Shown {
  readonly agent: string;
  readonly owner: string;
  /** What the registry says the agent is for. */
  readonly registeredFor: string;
  readonly person: string;
  /** In the agent's own words; absent: it said nothing. */
  readonly purpose?: string;
  readonly case?: string;
  /** A line the agent sent along with a request beside the browser. */
  readonly message?: string;
  readonly authority: JsonObject;
  /** Whether the scopes in the authority are enough for an operation: what else it holds would be asked for anew. */
  readonly isEnough: (server: string, kind: "tools" | "prompts", name: string) => boolean;
  /** Unix seconds. */
  readonly expires: number;
  readonly idleSeconds: number;
  /** Client id where it is the address of a metadata document. */
  readonly document?: string;
  /** What a client that registered itself calls itself; may be empty. */
  readonly registeredAs?: string;
  /** Where the browser goes afterwards; absent: nowhere. */
  readonly redirectUri?: string;
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function record(value: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function constraintWords(constraint: JsonValue): string {
  const words: Readonly<Record<string, string>> = {
    equals: "is",
    one_of: "is one of",
    prefix: "begins with",
    max: "is at most",
    min: "is at least",
  };
  return record(constraint)
    .map(([operator, value]) => `${words[operator] ?? operator} ${JSON.stringify(value)}`)
    .join(" and ");
}

const KINDS: Readonly<Record<string, string>> = {
  mcp_tool: "Use these tools",
  mcp_resource: "Read resources",
  mcp_prompt: "Use these prompts",
};

function limitsOf(detail: JsonObject): readonly string[] {
  const args = record(detail["constraints"]).map(
    ([pointer, constraint]) => `Only where ${pointer} ${constraintWords(constraint)}`,
  );
  const caps = record(detail["caps"]).map(([cap, most]) => `At most ${JSON.stringify(most)} ${cap}`);
  const dataClass = detail["data_class"];
  const over = detail["expires"];
  return [
    ...args,
    ...caps,
    `Data up to the class ${typeof dataClass === "string" ? dataClass : "restricted"}`,
    ...(typeof over === "number" ? [`Until ${dateOf(over)}`] : []),
    ...(detail["depth"] === 0 ? ["May not be handed on to another agent"] : []),
  ];
}

function namesOf(
  detail: JsonObject,
  kind: "tools" | "prompts",
  isEnough: Shown["isEnough"],
): readonly Html[] {
  return texts(detail[kind]).map((name) => {
    const later = html` (not with the scopes below: you would be asked again)`;
    return html`<li><code>${name}</code>${isEnough(String(detail["server"]), kind, name) ? html`` : later}</li>`;
  });
}

function detailSection(detail: JsonObject, isEnough: Shown["isEnough"]): Html {
  const uris = detail["uris"] === undefined ? [] : [`whose address ${constraintWords(detail["uris"])}`];
  const names = [
    ...namesOf(detail, "tools", isEnough),
    ...namesOf(detail, "prompts", isEnough),
    ...uris.map((uri) => html`<li><code>${uri}</code></li>`),
  ];
  const type = String(detail["type"]);
  return html`<section class="detail">
<h3>${KINDS[type] ?? type} of ${String(detail["server"])}</h3>
<ul>${names}</ul>
<h4>Limits</h4>
<ul>${limitsOf(detail).map((limit) => html`<li>${limit}</li>`)}</ul>
</section>
`;
}

function dateOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Is this an address on the person's own machine? Then anything on it may be who asks. */
export function isLocal(redirectUri: string): boolean {
  const { protocol, hostname } = new URL(redirectUri);
  return !/^https?:$/.test(protocol) || /^(localhost|127\..*|\[::1\])$/.test(hostname);
}

/** What a page calls the place a browser is sent to. */
export function placeOf(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri);
  return host === "" ? `an application (${protocol})` : host;
}

function redirectSection(redirectUri: string): Html {
  const warning = html`<p class="warning"><strong>This is a program on a computer, not a web site.</strong> Any program there could
be asking. Go on only if you have just started this yourself.</p>
`;
  return html`<h2>Afterwards</h2>
<p>You are sent on to <strong>${placeOf(redirectUri)}</strong>.</p>
${isLocal(redirectUri) ? warning : html``}`;
}

function wordsSection({ agent, purpose, message, registeredFor, case: caseId }: Shown): Html {
  const said = [purpose, message].filter((text) => text !== undefined);
  const quoted = said.map((text) => html`<blockquote>${text}</blockquote>`);
  return html`<h2>The task</h2>
<dl>
<dt>Case</dt><dd>${caseId ?? "none named"}</dd>
<dt>What ${agent} is registered for</dt><dd>${registeredFor}</dd>
<dt>What the agent says it is for (its own words; nobody checked them)</dt>
<dd>${quoted.length === 0 ? [html`nothing`] : quoted}</dd>
</dl>
`;
}

function detailsOf(authority: JsonObject): readonly JsonObject[] {
  const details = authority["authorization_details"];
  return Array.isArray(details)
    ? details.filter((item) => typeof item === "object" && item !== null && !Array.isArray(item))
    : [];
}

/** In hours where they are whole, else in minutes. */
function lengthOf(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [count, unit] = minutes > 0 && minutes % 60 === 0 ? [minutes / 60, "hour"] : [minutes, "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function strangerRow({ registeredAs: name }: Shown): Html {
  if (name === undefined) return html``;
  const said = name === "" ? html`nothing` : html`<blockquote>${name}</blockquote>`;
  return html`<dt>The program registered itself, and calls itself (nobody checked)</dt><dd>${said}</dd>
`;
}

/** The page on which a person says yes or no. @param token - binds the form to page, person and document */
export function consentPage(shown: Shown, token: string): string {
  const { agent, owner, person, authority, expires, idleSeconds, document, redirectUri } = shown;
  const known = document === undefined ? html`` : html`<dt>Known by</dt><dd>${document}</dd>`;
  return page(
    `May ${agent} act for you?`,
    html`<dl>
<dt>Agent</dt><dd>${agent}</dd>
<dt>Who answers for it</dt><dd>${owner}</dd>
${known}${strangerRow(shown)}<dt>You</dt><dd>${person}</dd>
</dl>
${wordsSection(shown)}<h2>What it may do</h2>
${detailsOf(authority).map((detail) => detailSection(detail, shown.isEnough))}<dl>
<dt>Scopes</dt><dd>${texts(authority["scope"]).join(", ")}</dd>
<dt>Until</dt><dd>${dateOf(expires)}, or when it was not used for ${lengthOf(idleSeconds)}</dd>
</dl>
<p>You can take this back at any time.</p>
${redirectUri === undefined ? html`` : redirectSection(redirectUri)}<form method="post">
<input type="hidden" name="token" value="${token}">
<button name="answer" value="yes">Allow</button>
<button name="answer" value="no">Refuse</button>
</form>`,
  );
}
