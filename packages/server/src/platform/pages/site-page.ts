import { type Html, html } from "./html.ts";

/** A page outside the console: one column, a style and at most one script of its own origin, no inline code. */
export interface SitePage {
  /** What the window and, unless `heading` says otherwise, the page is called. */
  readonly title: string;
  readonly heading?: string;
  /** Path of its style. */
  readonly style: string;
  /** Path of its script, a module. */
  readonly script?: string;
  /** More for the head. */
  readonly head?: Html;
  readonly body: Html;
}

/** The whole document. Trust: texts are shown as text; `body` and `head` are markup of ours. */
export function sitePage({ title, heading = title, style, script, head = html``, body }: SitePage): string {
  const code = script === undefined ? html`` : html`<script type="module" src="${script}"></script>\n`;
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - Narrowgate</title>
<link rel="stylesheet" href="${style}">
${code}${head}</head>
<body>
<main>
<h1>${heading}</h1>
${body}
</main>
</body>
</html>
`);
}

/** What those pages share of their look: phone first, light and dark. A room adds its own rules behind it. */
export const SITE_STYLE = `:root { color-scheme: light dark; --line: #c9ccd3; --quiet: #4d5563; --strong: #0b57d0; --on-strong: #ffffff; --ground: #ffffff; --text: #16191f; --mark: #ffe08a; }
@media (prefers-color-scheme: dark) { :root { --line: #40464f; --quiet: #b3bac6; --strong: #a8c7fa; --on-strong: #062e6f; --ground: #14161a; --text: #eceff4; --mark: #6b4f00; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 40rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
h1 { font-size: 1.35rem; line-height: 1.25; }
h2 { font-size: 1.05rem; }
a { color: var(--strong); }
input, button { min-height: 3rem; font: inherit; padding: .25rem 1rem; border-radius: .5rem; border: 1px solid var(--strong); background: transparent; }
input { color: var(--text); max-width: 100%; }
button { font-weight: 600; color: var(--strong); cursor: pointer; }
button:disabled { opacity: .6; cursor: default; }
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
[hidden] { display: none !important; }
`;

/** A function of those pages' scripts: sends JSON, gives what came, and throws the server's own sentence. */
export const SEND_SCRIPT = `async function send(method, path, body) {
  const answer = await fetch(path, {
    method,
    ...(method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) }),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error.message);
  return value;
}
`;
