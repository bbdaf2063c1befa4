import { html } from "../../../platform/pages/html.ts";
import { type SigningPage, signingPage } from "../../../platform/pages/signing-page.ts";

const SCRIPT = `
const isReview = ({ state }) => state === "due";

function reviewed({ sign }) {
  const findings = at("findings").value.trim();
  if (findings === "") throw new Error("Write down what you found.");
  return sign.replace('"findings":""', () => '"findings":' + JSON.stringify(findings.normalize("NFC")));
}

function wanted({ asked, choice, isYes }) {
  if (isReview(asked)) return { statement: reviewed(choice), kind: "review_glass" };
  return isYes ? { statement: choice.sign, kind: "break_glass" } : { statement: choice.refuse, kind: "refuse_glass" };
}

function show(asked) {
  at("what").textContent = isReview(asked) ? "What was done" : "What it could do";
  at("review").hidden = !isReview(asked);
  at("refuse").hidden = isReview(asked);
  return isReview(asked)
    ? "Read every line, and write down what you found."
    : "Read every line. Your passkey signs exactly this.";
}

function saidOf({ kind, until }) {
  if (kind === "refuse_glass") return "You refused. The agent is not let through.";
  if (kind === "review_glass") return "You signed the review.";
  if (until === undefined) return "You signed. It takes another person, and one for security.";
  return "You signed. The agent is let through until " + new Date(until).toLocaleString() + ".";
}
`;

/** The page on which a break-glass is signed, and afterwards reviewed. */
export const GLASS_PAGE: SigningPage = signingPage({
  path: "/glass",
  title: "Break-glass",
  heading: "An agent without a signed release",
  reading: "Reading what is asked ...",
  what: "What it could do",
  below: html`<p id="given"></p>`,
  legend: "You sign as",
  beforeAnswers: html`<p id="review" hidden><label for="findings">What you found</label>
<textarea id="findings" rows="4" maxlength="1024"></textarea></p>
`,
  yes: "Sign with my passkey",
  calls: "/glass",
  tag: "narrowgate/glass-statement/v1",
  slot: "role",
  endings: {
    open: "Two people have signed: the agent acts now. Its review is due once that is over.",
    refused: "This was refused.",
    withdrawn: "The agent was suspended or retired: this is over.",
    expired: "Nobody signed this in time. Ask again.",
    reviewed: "This is over, and was reviewed.",
  },
  unreadable: "This cannot be shown.",
  script: SCRIPT,
  style: "textarea { width: 100%; }",
});
