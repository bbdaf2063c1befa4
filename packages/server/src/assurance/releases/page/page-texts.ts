import { html } from "../../../platform/pages/html.ts";
import { SIGNING_SCRIPT, SIGNING_STYLE } from "../../../platform/pages/signing-script.ts";
import { SEND_SCRIPT, SITE_STYLE, sitePage } from "../../../platform/pages/site-page.ts";

/** The page on which one of the four signs a release. Text alone; what is asked is set by the script, as text. */
export const RELEASE_PAGE: string = sitePage({
  title: "Sign a release",
  heading: "A release waits for your signature",
  style: "/release.css",
  script: "/release.js",
  body: html`<p id="said" role="status">Reading what is proposed ...</p>
<section id="asked" hidden aria-labelledby="what">
<h2 id="what">What would run, and what changes</h2>
<dl id="rows"></dl>
<p id="given"></p>
<p>It can be signed until <time id="ends"></time>. One refusal ends it.</p>
<fieldset id="roles"><legend>You sign as</legend></fieldset>
<div class="answers">
<button type="button" id="refuse">Refuse with my passkey</button>
<button type="button" id="sign" class="yes">Sign with my passkey</button>
</div>
</section>
<noscript><p>This page needs JavaScript to ask your passkey for a signature.</p></noscript>`,
});

/** Its script. */
export const RELEASE_SCRIPT: string = `${SEND_SCRIPT}${SIGNING_SCRIPT}
const handle = location.hash.slice(1);
const endings = {
  active: "This release was signed and is in force.",
  past: "This release was in force once; another one is now.",
  refused: "This release was refused.",
  withdrawn: "This release was withdrawn.",
  expired: "Nobody signed this in time. Propose it again.",
};
const kinds = { sign: "sign_release", refuse: "refuse_release" };

async function answer(asked, kind) {
  const wanted = document.querySelector("input[name=role]:checked").value;
  const statement = asked.choices.find(({ role }) => role === wanted)[kind];
  if (!(await isOfRows(statement, asked.rows)) || JSON.parse(statement).kind !== kinds[kind])
    throw new Error("What would be signed is not what is shown.");
  const made = await signStatement("narrowgate/release-statement/v1", statement, asked.rp_id);
  return send("POST", "/release/sign", { handle, ...made });
}

function answered({ kind, missing }) {
  at("asked").hidden = true;
  if (kind === "refuse_release") say("You refused. This release will not run.");
  else if (missing.length > 0) say("You signed. Still missing: " + missing.join(", ") + ".");
  else say("You signed. All four have; an operator can promote it now.");
}

function listen(asked) {
  const buttons = [at("sign"), at("refuse")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const one of buttons) one.disabled = true;
      say("Waiting for your passkey ...");
      answer(asked, button.id).then(answered, (error) => {
        for (const one of buttons) one.disabled = false;
        say("Nothing was signed. " + error.message);
      });
    });
  }
}

async function show() {
  const asked = await send("POST", "/release/request", { handle });
  if (asked.state !== "open") return say(endings[asked.state]);
  showRows(asked.rows);
  showChoices(asked.choices.map(({ role }) => [role, role]));
  at("ends").textContent = new Date(asked.not_after).toLocaleString();
  at("ends").dateTime = new Date(asked.not_after).toISOString();
  at("given").textContent = asked.given.map(({ role, name }) => name + " has signed (" + role + ").").join(" ");
  at("asked").hidden = false;
  const isDone = asked.choices.length === 0;
  say(isDone ? "All four have signed." : "Read every line. Your passkey signs exactly this.");
  at("sign").parentElement.hidden = isDone;
  listen(asked);
}

show().catch((error) => say("This release cannot be shown. " + error.message));
addEventListener("hashchange", () => location.reload());
`;

/** How it looks. */
export const RELEASE_STYLE: string = SITE_STYLE + SIGNING_STYLE;
