import { html } from "../../platform/pages/html.ts";
import { SEND_SCRIPT, SITE_STYLE, sitePage } from "../../platform/pages/site-page.ts";

/** The page on which a request is answered. Text alone; what is asked is set by the script, as text. */
export const APPROVE_PAGE: string = sitePage({
  title: "Approve a call",
  heading: "An agent asks for your approval",
  style: "/approve.css",
  script: "/approve.js",
  body: html`<p id="said" role="status">Reading what is asked ...</p>
<section id="asked" hidden aria-labelledby="what">
<h2 id="what">Exactly this call, once</h2>
<dl id="rows"></dl>
<p id="alike"></p>
<p id="given"></p>
<p>It ends at <time id="ends"></time>. Silence means no.</p>
<fieldset id="roles"><legend>You answer as</legend></fieldset>
<div class="answers">
<button type="button" id="refuse">Refuse with my passkey</button>
<button type="button" id="approve">Approve with my passkey</button>
</div>
</section>
<noscript><p>This page needs JavaScript to ask your passkey for a signature.</p></noscript>`,
});

/**
 * The script of that page. It shows rows as text, checks that what will be signed names exactly these rows, and asks the
 * passkey for a signature over one statement. Characters that nobody sees are shown by their code.
 */
export const APPROVE_SCRIPT: string = `${SEND_SCRIPT}
const at = (id) => document.getElementById(id);
const handle = location.hash.slice(1);
const say = (text) => { at("said").textContent = text; };
const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const digest = (text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));

const hidden = /[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Co}\\p{Cn}]/u;

function showText(place, text) {
  for (const part of text.split(new RegExp("(" + hidden.source + ")", "u"))) {
    if (part === "") continue;
    const shown = document.createElement(hidden.test(part) ? "mark" : "span");
    shown.textContent = hidden.test(part) ? "U+" + part.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") : part;
    place.append(shown);
  }
}

function showRows(rows) {
  for (const { label, value } of rows) {
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    showText(term, label);
    showText(text, value);
    at("rows").append(term, text);
  }
}

function showRoles(choices) {
  choices.forEach(({ requirement, role }, i) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = "role";
    input.value = requirement;
    input.checked = i === 0;
    label.append(input, role);
    at("roles").append(label);
  });
  at("roles").hidden = choices.length < 2;
}

const endings = {
  used: "This was approved, and what was asked has been done.",
  refused: "This was refused.",
  expired: "Nobody approved this in time. It was not done.",
  withdrawn: "This request was withdrawn. It was not done.",
};

const words = {
  approve: {
    asks: "An agent asks for your approval",
    what: "Exactly this call, once",
    yes: "Approve with my passkey",
    done: "The agent can make this call once.",
    no: "You refused. The call will not be made.",
  },
  declassify: {
    asks: "May an agent go on as if it had not read this?",
    what: "Exactly this answer",
    yes: "Say so with my passkey",
    done: "The task carries what you signed for.",
    no: "You refused. The task carries what it carried.",
  },
};

async function sign(asked, kind) {
  const wanted = document.querySelector("input[name=role]:checked").value;
  const statement = asked.choices.find(({ requirement }) => requirement === wanted)[kind];
  const rendered = encode(await digest("narrowgate/rendered/v1\\n" + JSON.stringify(asked.rows)));
  const says = JSON.parse(statement);
  if (says.rendered !== rendered || says.kind !== (kind === "approve" ? asked.yes : kind)) throw new Error("What would be signed is not what is shown.");
  const challenge = await digest("narrowgate/approval-statement/v1\\n" + statement);
  const made = await navigator.credentials.get({
    publicKey: { challenge, rpId: asked.rp_id, userVerification: "required", timeout: 120000 },
  });
  const { clientDataJSON, authenticatorData, signature } = made.response;
  return send("POST", "/sign", {
    handle,
    credential: encode(made.rawId),
    signed: {
      statement,
      client_data: encode(clientDataJSON),
      authenticator_data: encode(authenticatorData),
      signature: encode(signature),
    },
  });
}

function answered({ kind, missing }, { done, no }) {
  at("asked").hidden = true;
  if (kind === "refuse") say(no);
  else if (missing.length > 0) say("You approved. Still missing: " + missing.join(", ") + ".");
  else say("You approved. " + done);
}

function listen(asked) {
  const buttons = [at("approve"), at("refuse")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const one of buttons) one.disabled = true;
      say("Waiting for your passkey ...");
      sign(asked, button.id).then((answer) => answered(answer, words[asked.yes]), (error) => {
        for (const one of buttons) one.disabled = false;
        say("Nothing was signed. " + error.message);
      });
    });
  }
}

async function show() {
  const asked = await send("POST", "/request", { handle });
  if (asked.state !== "open") return say(endings[asked.state]);
  const { asks, what, yes, done } = words[asked.yes];
  document.querySelector("h1").textContent = asks;
  at("what").textContent = what;
  at("approve").textContent = yes;
  showRows(asked.rows);
  showRoles(asked.choices);
  at("ends").textContent = new Date(asked.not_after).toLocaleString();
  at("ends").dateTime = new Date(asked.not_after).toISOString();
  const { alike, given } = asked;
  at("alike").textContent = alike === 0 ? "" : "The same agent waits for " + alike + " more of this operation.";
  at("given").textContent = given.map(({ requirement, name }) => name + " has signed (" + requirement + ").").join(" ");
  at("asked").hidden = false;
  say(asked.choices.length === 0 ? "Everybody has signed. " + done : "Read every line. Your passkey signs exactly this.");
  at("approve").parentElement.hidden = asked.choices.length === 0;
  at("roles").hidden = at("roles").hidden || asked.choices.length === 0;
  listen(asked);
}

show().catch((error) => say("This request cannot be shown. " + error.message));
addEventListener("hashchange", () => location.reload());
`;

/** How it looks. */
export const APPROVE_STYLE: string = `${SITE_STYLE}dl { margin: 0; border-top: 1px solid var(--line); }
dt { padding-top: .5rem; color: var(--quiet); font-size: .875rem; unicode-bidi: isolate; }
dd { margin: 0; padding-bottom: .5rem; border-bottom: 1px solid var(--line); font-family: ui-monospace, monospace; white-space: pre-wrap; unicode-bidi: isolate; direction: ltr; }
mark { background: var(--mark); color: inherit; border-radius: .2rem; padding: 0 .15rem; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .35rem 0; }
label input { min-height: auto; }
.answers { display: grid; gap: .75rem; margin-top: 1rem; }
@media (min-width: 30rem) { .answers { grid-template-columns: 1fr 1fr; } }
#approve { background: var(--strong); color: var(--on-strong); }
`;
