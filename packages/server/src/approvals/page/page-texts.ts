import { html } from "../../platform/pages/html.ts";
import { type SigningPage, signingPage } from "../../platform/pages/signing-page.ts";

const SCRIPT = `
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

function wanted({ asked, choice, isYes }) {
  return isYes ? { statement: choice.approve, kind: asked.yes } : { statement: choice.refuse, kind: "refuse" };
}

function show({ yes: means, not_after, alike, choices }) {
  const { asks, what, yes, done } = words[means];
  document.querySelector("h1").textContent = asks;
  at("what").textContent = what;
  at("yes").textContent = yes;
  at("alike").textContent = alike === 0 ? "" : "The same agent waits for " + alike + " more of this operation.";
  showEnd(not_after);
  return choices.length === 0 ? "Everybody has signed. " + done : "Read every line. Your passkey signs exactly this.";
}

function saidOf({ kind, missing }, asked) {
  const { no, done } = words[asked.yes];
  if (kind === "refuse") return no;
  return "You approved. " + (missing.length === 0 ? done : "Still missing: " + missing.join(", ") + ".");
}
`;

/** The page on which a request is answered. */
export const APPROVE_PAGE: SigningPage = signingPage({
  path: "/approve",
  title: "Approve a call",
  heading: "An agent asks for your approval",
  reading: "Reading what is asked ...",
  what: "Exactly this call, once",
  below: html`<p id="alike"></p>
<p id="given"></p>
<p>It ends at <time id="ends"></time>. Silence means no.</p>`,
  legend: "You answer as",
  yes: "Approve with my passkey",
  calls: "",
  tag: "narrowgate/approval-statement/v1",
  slot: "requirement",
  endings: {
    used: "This was approved, and what was asked has been done.",
    refused: "This was refused.",
    expired: "Nobody approved this in time. It was not done.",
    withdrawn: "This request was withdrawn. It was not done.",
  },
  unreadable: "This request cannot be shown.",
  script: SCRIPT,
});
