import { html } from "../../../platform/pages/html.ts";
import { type SigningPage, signingPage } from "../../../platform/pages/signing-page.ts";

const SCRIPT = `
function wanted({ choice, isYes }) {
  return isYes ? { statement: choice.sign, kind: "sign_release" } : { statement: choice.refuse, kind: "refuse_release" };
}

function show({ not_after, choices }) {
  showEnd(not_after);
  return choices.length === 0 ? "All four have signed." : "Read every line. Your passkey signs exactly this.";
}

function saidOf({ kind, missing }) {
  if (kind === "refuse_release") return "You refused. This release will not run.";
  if (missing.length > 0) return "You signed. Still missing: " + missing.join(", ") + ".";
  return "You signed. All four have; an operator can promote it now.";
}
`;

/** The page on which one of the four signs a release. */
export const RELEASE_PAGE: SigningPage = signingPage({
  path: "/release",
  title: "Sign a release",
  heading: "A release waits for your signature",
  reading: "Reading what is proposed ...",
  what: "What would run, and what changes",
  below: html`<p id="given"></p>
<p>It can be signed until <time id="ends"></time>. One refusal ends it.</p>`,
  legend: "You sign as",
  yes: "Sign with my passkey",
  calls: "/release",
  tag: "narrowgate/release-statement/v1",
  slot: "role",
  endings: {
    active: "This release was signed and is in force.",
    past: "This release was in force once; another one is now.",
    refused: "This release was refused.",
    withdrawn: "This release was withdrawn.",
    expired: "Nobody signed this in time. Propose it again.",
  },
  unreadable: "This release cannot be shown.",
  script: SCRIPT,
});
