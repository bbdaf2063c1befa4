/**
 * The script of pages on which something is signed with a passkey: rows are shown as text, characters that nobody sees by
 * their code, and what is signed is checked to name exactly the rows that are shown. A page adds
 * three functions: `wanted` gives the statement for an answer and the kind it must say, `show` sets what is its own of what
 * was asked and gives the sentence above it, `saidOf` gives the sentence after an answer.
 */
export const SIGNING_SCRIPT: string = `
const handle = location.hash.slice(1);
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

function showEnd(notAfter) {
  at("ends").textContent = new Date(notAfter).toLocaleString();
  at("ends").dateTime = new Date(notAfter).toISOString();
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

async function signAnswer(page, asked, isYes) {
  const wanted = document.querySelector("input[name=role]:checked").value;
  const choice = asked.choices.find((one) => one[page.slot] === wanted);
  const { statement, kind } = page.wanted({ asked, choice, isYes });
  if (!(await isOfRows(statement, asked.rows)) || JSON.parse(statement).kind !== kind)
    throw new Error("What would be signed is not what is shown.");
  const made = await signStatement(page.tag, statement, asked.rp_id);
  return send("POST", page.calls + "/sign", { handle, ...made });
}

function listen(page, asked) {
  const buttons = [at("yes"), at("refuse")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const one of buttons) one.disabled = true;
      say("Waiting for your passkey ...");
      signAnswer(page, asked, button.id === "yes").then((answer) => {
        at("asked").hidden = true;
        say(page.saidOf(answer, asked));
      }, (error) => {
        for (const one of buttons) one.disabled = false;
        say("Nothing was signed. " + error.message);
      });
    });
  }
}

async function showAsked(page) {
  const asked = await send("POST", page.calls + "/request", { handle });
  if (asked.rows === undefined) return say(page.endings[asked.state]);
  showRows(asked.rows);
  showChoices(asked.choices.map((choice) => [choice[page.slot], choice.role]));
  at("given").textContent = asked.given.map((one) => one.name + " has signed (" + one[page.slot] + ").").join(" ");
  at("yes").parentElement.hidden = asked.choices.length === 0;
  const sentence = page.show(asked);
  at("asked").hidden = false;
  say(sentence);
  listen(page, asked);
}

function openToSign(page) {
  showAsked(page).catch((error) => say(page.unreadable + " " + error.message));
  addEventListener("hashchange", () => location.reload());
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
