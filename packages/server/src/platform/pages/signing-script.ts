/**
 * Functions of the scripts of pages on which something is signed with a passkey: rows are shown as text, characters that
 * nobody sees by their code, and what is signed is checked to name exactly the rows that are shown.
 */
export const SIGNING_SCRIPT: string = `
const at = (id) => document.getElementById(id);
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

function showChoices(choices) {
  choices.forEach(([value, words], i) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = "role";
    input.value = value;
    input.checked = i === 0;
    label.append(input, words);
    at("roles").append(label);
  });
  at("roles").hidden = choices.length < 2;
}

async function isOfRows(statement, rows) {
  const rendered = encode(await digest("narrowgate/rendered/v1\\n" + JSON.stringify(rows)));
  return JSON.parse(statement).rendered === rendered;
}

async function signStatement(tag, statement, rpId) {
  const challenge = await digest(tag + "\\n" + statement);
  const made = await navigator.credentials.get({
    publicKey: { challenge, rpId, userVerification: "required", timeout: 120000 },
  });
  const { clientDataJSON, authenticatorData, signature } = made.response;
  return {
    credential: encode(made.rawId),
    signed: {
      statement,
      client_data: encode(clientDataJSON),
      authenticator_data: encode(authenticatorData),
      signature: encode(signature),
    },
  };
}
`;

/** How rows and answers look on those pages. */
export const SIGNING_STYLE: string = `dl { margin: 0; border-top: 1px solid var(--line); }
dt { padding-top: .5rem; color: var(--quiet); font-size: .875rem; unicode-bidi: isolate; }
dd { margin: 0; padding-bottom: .5rem; border-bottom: 1px solid var(--line); font-family: ui-monospace, monospace; white-space: pre-wrap; unicode-bidi: isolate; direction: ltr; }
mark { background: var(--mark); color: inherit; border-radius: .2rem; padding: 0 .15rem; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; }
label { display: block; padding: .35rem 0; }
label input { min-height: auto; }
.answers { display: grid; gap: .75rem; margin-top: 1rem; }
@media (min-width: 30rem) { .answers { grid-template-columns: 1fr 1fr; } }
.yes { background: var(--strong); color: var(--on-strong); }
`;
