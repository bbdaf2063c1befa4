import { html } from "../../platform/pages/html.ts";
import { SIGNING_SCRIPT, SIGNING_STYLE } from "../../platform/pages/signing-script.ts";
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
<button type="button" id="approve" class="yes">Approve with my passkey</button>
</div>
</section>
<noscript><p>This page needs JavaScript to ask your passkey for a signature.</p></noscript>`,
});

/**
 * The script of that page. It shows rows as text, checks that what will be signed names exactly these rows, and asks the
 * passkey for a signature over one statement. Characters that nobody sees are shown by their code.
 */
export const APPROVE_SCRIPT: string = `${SEND_SCRIPT}${SIGNING_SCRIPT}
const handle = location.hash.slice(1);
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

async function answer(asked, kind) {
  const wanted = document.querySelector("input[name=role]:checked").value;
  const statement = asked.choices.find(({ requirement }) => requirement === wanted)[kind];
  const expected = kind === "approve" ? asked.yes : kind;
  if (!(await isOfRows(statement, asked.rows)) || JSON.parse(statement).kind !== expected)
    throw new Error("What would be signed is not what is shown.");
  const made = await signStatement("narrowgate/approval-statement/v1", statement, asked.rp_id);
  return send("POST", "/sign", { handle, ...made });
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
      answer(asked, button.id).then((answer) => answered(answer, words[asked.yes]), (error) => {
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
  showChoices(asked.choices.map(({ requirement, role }) => [requirement, role]));
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
export const APPROVE_STYLE: string = SITE_STYLE + SIGNING_STYLE;
