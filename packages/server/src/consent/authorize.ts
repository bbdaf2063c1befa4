import type { AskProvider, InnerRequest } from "./ask-provider.ts";
import { takeAsked } from "./asked-authority.ts";
import { type PageAnswer, pageAnswer } from "./browser-consent.ts";
import { messagePage } from "./pages.ts";

/** An answer of the authorization endpoint. */
export interface AuthorizeAnswer extends PageAnswer {
  readonly cookies: readonly string[];
}

/** Sends a browser's request to the provider, and gives its answer: a redirect, or a page that says what is wrong. */
export async function passBrowserOn(ask: AskProvider, request: InnerRequest): Promise<AuthorizeAnswer> {
  const { status, location, cookies, body } = await ask(request);
  const text = typeof body === "string" ? body : "";
  const page = pageAnswer(text, status);
  return { ...page, cookies, ...(location === undefined ? {} : { headers: { location } }) };
}

/**
 * The authorization endpoint. Of a request that was pushed nothing but its name and its client counts.
 * Trust: `sent` is attacker-controlled, and so is the page the browser came from.
 */
export async function authorize(
  sent: URLSearchParams,
  cookie: string | undefined,
  ask: AskProvider,
): Promise<AuthorizeAnswer> {
  const isPushed = sent.has("request_uri");
  const pairs = [...sent].filter(([name]) => !isPushed || name === "request_uri" || name === "client_id");
  const taken = isPushed ? { inner: new URLSearchParams(pairs) } : takeAsked(pairs);
  if ("kind" in taken) {
    const text = messagePage("This request cannot be answered", taken.description ?? taken.code);
    return { ...pageAnswer(text, 400), cookies: [] };
  }
  return passBrowserOn(ask, { method: "GET", path: `/authorize?${taken.inner.toString()}`, cookie });
}
