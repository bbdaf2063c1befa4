import { type Html, html } from "./html.ts";
import { SIGNING_SCRIPT, SIGNING_STYLE } from "./signing-script.ts";
import { SEND_SCRIPT, SITE_STYLE, sitePage } from "./site-page.ts";

/** What is a page's own, of those on which something is signed with a passkey. Texts are shown as text, markup is ours. */
export interface SigningPageParts {
  /** Where the page stands; its script and its style stand there too, with `.js` and `.css` behind it. */
  readonly path: string;
  readonly title: string;
  readonly heading: string;
  /** Said until what is asked has come. */
  readonly reading: string;
  /** Heading above the rows. */
  readonly what: string;
  /** Markup below the rows; an element `given` says who has signed already. */
  readonly below: Html;
  readonly legend: string;
  /** Markup between the roles and the two buttons. */
  readonly beforeAnswers?: Html;
  /** What the button says that means yes. */
  readonly yes: string;
  /** What stands before `/request` and `/sign` in the addresses it calls. */
  readonly calls: string;
  /** First line of what its passkeys sign, before the statement: no other page's statement passes for one of its own. */
  readonly tag: string;
  /** The member of a choice that tells it from the others. */
  readonly slot: "role" | "requirement";
  /** What is said of each state in which nothing can be signed. */
  readonly endings: Readonly<Record<string, string>>;
  /** Said before the reason why nothing can be shown. */
  readonly unreadable: string;
  /** Three functions, which signing-script.ts calls: `wanted`, `show`, `saidOf`. */
  readonly script: string;
  /** Its own part of the style. */
  readonly style?: string;
}

/** The three texts of such a page, and where they stand. */
export interface SigningPage {
  readonly path: string;
  readonly calls: string;
  readonly document: string;
  readonly script: string;
  readonly style: string;
}

function bodyOf({ reading, what, below, legend, beforeAnswers = html``, yes }: SigningPageParts): Html {
  return html`<p id="said" role="status">${reading}</p>
<section id="asked" hidden aria-labelledby="what">
<h2 id="what">${what}</h2>
<dl id="rows"></dl>
${below}
<fieldset id="roles"><legend>${legend}</legend></fieldset>
${beforeAnswers}<div class="answers">
<button type="button" id="refuse">Refuse with my passkey</button>
<button type="button" id="yes" class="yes">${yes}</button>
</div>
</section>
<noscript><p>This page needs JavaScript to ask your passkey for a signature.</p></noscript>`;
}

function scriptOf({ calls, tag, slot, endings, unreadable, script }: SigningPageParts): string {
  const fixed = JSON.stringify({ calls, tag, slot, endings, unreadable });
  return `${SEND_SCRIPT}${SIGNING_SCRIPT}${script}\nopenToSign({ ...${fixed}, wanted, show, saidOf });\n`;
}

/** Makes a page on which something is signed. What is asked is no part of it: its script fetches that, and sets it as text. */
export function signingPage(parts: SigningPageParts): SigningPage {
  const { path, calls, title, heading, style = "" } = parts;
  return {
    path,
    calls,
    document: sitePage({
      title,
      heading,
      style: `${path}.css`,
      script: `${path}.js`,
      body: bodyOf(parts),
    }),
    script: scriptOf(parts),
    style: SITE_STYLE + SIGNING_STYLE + style,
  };
}
