/** The page on which a person makes a passkey. Text alone; what it shows of the person is set by the script, as text. */
export const ENROL_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Make a passkey - Narrowgate</title>
<link rel="stylesheet" href="/people/page.css">
<script type="module" src="/people/enrol.js"></script>
</head>
<body>
<main>
<h1>Make a passkey</h1>
<p>With it you sign in, and approve what agents ask for. It never leaves your device.</p>
<form id="code-form">
<label for="code">Code from your operator</label>
<input id="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" required>
<button type="submit">Make a passkey</button>
</form>
<p id="said" role="status"></p>
</main>
</body>
</html>
`;

/**
 * The script of that page. A code in the fragment of a link is taken out of the address at once, so that it stands in no
 * history; nothing begins before the person presses the button.
 */
export const ENROL_SCRIPT = `const form = document.getElementById("code-form");
const field = document.getElementById("code");
const said = document.getElementById("said");

const say = (text) => { said.textContent = text; };

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error.message);
  return value;
}

async function enrol(code) {
  const begun = await post("/people/enrol/begin", { code });
  say("Making a passkey for " + begun.name + " ...");
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(begun.options);
  const made = (await navigator.credentials.create({ publicKey: options })).toJSON();
  const { clientDataJSON, attestationObject } = made.response;
  const enrolled = await post("/people/enrol/finish", {
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
export const PAGE_STYLE = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 32rem; margin: 0 auto; padding: 2rem 1rem; }
form, #ways { display: grid; gap: 0.75rem; }
form[hidden] { display: none; }
input, button { font: inherit; padding: 0.6rem; border: 1px solid GrayText; border-radius: 0.4rem; }
input { text-transform: uppercase; letter-spacing: 0.1em; }
button { cursor: pointer; background: ButtonFace; color: ButtonText; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`;

/** The page on which a person signs in to the console. */
export const SIGN_IN_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sign in - Narrowgate</title>
<link rel="stylesheet" href="/people/page.css">
<script type="module" src="/people/sign-in.js"></script>
</head>
<body>
<main>
<h1>Sign in</h1>
<div id="ways"></div>
<p id="said" role="status"></p>
</main>
</body>
</html>
`;

/** The script of that page. */
export const SIGN_IN_SCRIPT = `// Back to a page of ours that asked for the sign-in, and nowhere else.
const asked = location.hash.slice(1);
const returnTo = /^\\/people\\/consents?\\/[A-Za-z0-9_/-]+$/.test(asked) ? asked : "/";
const ways = document.getElementById("ways");
const said = document.getElementById("said");

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    ...(method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) }),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error.message);
  return value;
}

async function usePasskey() {
  const { options } = await call("POST", "/people/sign-in/begin");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const { id, response } = (await navigator.credentials.get({ publicKey })).toJSON();
  await call("POST", "/people/sign-in/finish", {
    id, client_data: response.clientDataJSON, authenticator_data: response.authenticatorData,
    signature: response.signature,
  });
  location.replace(returnTo);
}

async function useProvider(provider) {
  const { location: to } = await call("POST", "/people/oidc/start", { provider, return_to: returnTo });
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

const { passkey, providers } = await call("GET", "/people/sign-in/ways");
if (passkey) offer("Sign in with a passkey", usePasskey);
for (const { id, name } of providers) offer("Sign in with " + name, () => useProvider(id));
if (ways.childElementCount === 0) said.textContent = "No way to sign in is configured here.";
`;

/** What is shown when a sign-in by a provider came to nothing. Nothing of the request stands in it. */
export const REFUSED_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Not signed in - Narrowgate</title>
<link rel="stylesheet" href="/people/page.css">
</head>
<body>
<main>
<h1>Not signed in</h1>
<p>The sign-in came to nothing: CODE.</p>
<p><a href="/people/sign-in">Try again</a></p>
</main>
</body>
</html>
`;
