import { html } from "../../../platform/pages/html.ts";
import { SIGNING_SCRIPT, SIGNING_STYLE } from "../../../platform/pages/signing-script.ts";
import { SEND_SCRIPT, SITE_STYLE, sitePage } from "../../../platform/pages/site-page.ts";

/** The page on which a break-glass is signed, and afterwards reviewed. Text alone; what is asked is set by the script. */
export const GLASS_PAGE: string = sitePage({
  title: "Break-glass",
  heading: "An agent without a signed release",
  style: "/glass.css",
  script: "/glass.js",
  body: html`<p id="said" role="status">Reading what is asked ...</p>
<section id="asked" hidden aria-labelledby="what">
<h2 id="what">What it could do</h2>
<dl id="rows"></dl>
<p id="given"></p>
<fieldset id="roles"><legend>You sign as</legend></fieldset>
<p id="review" hidden><label for="findings">What you found</label>
<textarea id="findings" rows="4" maxlength="1024"></textarea></p>
<div class="answers">
<button type="button" id="refuse">Refuse with my passkey</button>
<button type="button" id="sign" class="yes">Sign with my passkey</button>
</div>
</section>
<noscript><p>This page needs JavaScript to ask your passkey for a signature.</p></noscript>`,
});

/** Its script. */
export const GLASS_SCRIPT: string = `${SEND_SCRIPT}${SIGNING_SCRIPT}
const handle = location.hash.slice(1);
const endings = {
  open: "Two people have signed: the agent acts now. Its review is due once that is over.",
  refused: "This was refused.",
  expired: "Nobody signed this in time. Ask again.",
  reviewed: "This is over, and was reviewed.",
};
const kinds = { sign: "break_glass", refuse: "refuse_glass" };

function statementOf(asked, kind) {
  const wanted = document.querySelector("input[name=role]:checked").value;
  const choice = asked.choices.find(({ role }) => role === wanted);
  if (asked.state !== "due") return choice[kind];
  const findings = at("findings").value.trim();
  if (findings === "") throw new Error("Write down what you found.");
  return choice.sign.replace('"findings":""', () => '"findings":' + JSON.stringify(findings.normalize("NFC")));
}

async function answer(asked, kind) {
  const statement = statementOf(asked, kind);
  const means = asked.state === "due" ? "review_glass" : kinds[kind];
  if (!(await isOfRows(statement, asked.rows)) || JSON.parse(statement).kind !== means)
    throw new Error("What would be signed is not what is shown.");
  const made = await signStatement("narrowgate/glass-statement/v1", statement, asked.rp_id);
  return send("POST", "/glass/sign", { handle, ...made });
}

function answered({ kind, until }) {
  at("asked").hidden = true;
  if (kind === "refuse_glass") say("You refused. The agent is not let through.");
  else if (kind === "review_glass") say("You signed the review.");
  else if (until === undefined) say("You signed. It takes another person, and one for security.");
  else say("You signed. The agent is let through until " + new Date(until).toLocaleString() + ".");
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
  const asked = await send("POST", "/glass/request", { handle });
  if (asked.rows === undefined) return say(endings[asked.state]);
  const isReview = asked.state === "due";
  showRows(asked.rows);
  showChoices(asked.choices.map(({ role }) => [role, role]));
  at("what").textContent = isReview ? "What was done" : "What it could do";
  at("review").hidden = !isReview;
  at("refuse").hidden = isReview;
  at("given").textContent = asked.given.map(({ role, name }) => name + " has signed (" + role + ").").join(" ");
  at("asked").hidden = false;
  say(isReview ? "Read every line, and write down what you found." : "Read every line. Your passkey signs exactly this.");
  listen(asked);
}

show().catch((error) => say("This cannot be shown. " + error.message));
addEventListener("hashchange", () => location.reload());
`;

/** How it looks. */
export const GLASS_STYLE: string = `${SITE_STYLE}${SIGNING_STYLE}textarea { width: 100%; }`;
