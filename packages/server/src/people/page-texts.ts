import { html } from "../platform/pages/html.ts";
import { SEND_SCRIPT, SITE_STYLE, sitePage } from "../platform/pages/site-page.ts";

const STYLE = "/people/page.css";

/** The page on which a person makes a passkey. Text alone; what it shows of the person is set by the script, as text. */
export const ENROL_PAGE: string = sitePage({
  title: "Make a passkey",
  style: STYLE,
  script: "/people/enrol.js",
  body: html`<p>With it you sign in, and approve what agents ask for. It never leaves your device.</p>
<form id="code-form">
<label for="code">Code from your operator</label>
<input id="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" required>
<button type="submit">Make a passkey</button>
</form>
<p id="said" role="status"></p>`,
});

/**
 * The script of that page. A code in the fragment of a link is taken out of the address at once, so that it stands in no
 * history; nothing begins before the person presses the button.
 */
export const ENROL_SCRIPT: string = `${SEND_SCRIPT}
const form = document.getElementById("code-form");
const field = document.getElementById("code");
const said = document.getElementById("said");

const say = (text) => { said.textContent = text; };

async function enrol(code) {
  const begun = await send("POST", "/people/enrol/begin", { code });
  say("Making a passkey for " + begun.name + " ...");
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(begun.options);
  const made = (await navigator.credentials.create({ publicKey: options })).toJSON();
  const { clientDataJSON, attestationObject } = made.response;
  const enrolled = await send("POST", "/people/enrol/finish", {
    code, id: made.id, client_data: clientDataJSON, attestation_object: attestationObject,
  });
  form.hidden = true;
  say(enrolled.name + ", your passkey is ready. You can close this page.");
}

if (location.hash.length > 1) {
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
if (typeof PublicKeyCredential?.parseCreationOptionsFromJSON !== "function")
  say("This browser is too old for passkeys.");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  say("");
  enrol(field.value)
    .catch((error) => say(error.name === "NotAllowedError" ? "No passkey was made. Try again." : error.message))
    .finally(() => { button.disabled = false; });
});
`;

/** The look of the pages of this room. */
export const PAGE_STYLE: string = `${SITE_STYLE}form, #ways { display: grid; gap: .75rem; max-width: 28rem; }
input { text-transform: uppercase; letter-spacing: .1em; }
`;

/** The page on which a person signs in to the console. */
export const SIGN_IN_PAGE: string = sitePage({
  title: "Sign in",
  style: STYLE,
  script: "/people/sign-in.js",
  body: html`<div id="ways"></div>
<p id="said" role="status"></p>`,
});

/** The script of that page. */
export const SIGN_IN_SCRIPT: string = `${SEND_SCRIPT}
// Back to a page of ours that asked for the sign-in, and nowhere else.
const asked = location.hash.slice(1);
const returnTo = /^\\/(consents|people\\/consents?\\/[A-Za-z0-9_/-]+)$/.test(asked) ? asked : "/";
const ways = document.getElementById("ways");
const said = document.getElementById("said");

async function usePasskey() {
  const { options } = await send("POST", "/people/sign-in/begin");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const { id, response } = (await navigator.credentials.get({ publicKey })).toJSON();
  await send("POST", "/people/sign-in/finish", {
    id, client_data: response.clientDataJSON, authenticator_data: response.authenticatorData,
    signature: response.signature,
  });
  location.replace(returnTo);
}

async function useProvider(provider) {
  const { location: to } = await send("POST", "/people/oidc/start", { provider, return_to: returnTo });
  location.assign(to);
}

function offer(text, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", () => {
    said.textContent = "";
    act().catch((error) => {
      said.textContent = error.name === "NotAllowedError" ? "No passkey was used. Try again." : error.message;
    });
  });
  ways.append(button);
}

const { passkey, providers } = await send("GET", "/people/sign-in/ways");
if (passkey) offer("Sign in with a passkey", usePasskey);
for (const { id, name } of providers) offer("Sign in with " + name, () => useProvider(id));
if (ways.childElementCount === 0) said.textContent = "No way to sign in is configured here.";
`;

/** What is shown when a sign-in by a provider came to nothing. Nothing of the request stands in it. @param code - of the catalogue */
export function refusedPage(code: string): string {
  const body = html`<p>The sign-in came to nothing: ${code}.</p>
<p><a href="/people/sign-in">Try again</a></p>`;
  return sitePage({ title: "Not signed in", style: STYLE, body });
}
