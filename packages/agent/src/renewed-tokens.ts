import { NarrowgateError } from "@narrowgate/kernel";
import { authorityForm } from "./authority-request.ts";
import type { Root } from "./session.ts";
import type { GrantedToken, TokenClient } from "./token-client.ts";

/** A token that ends sooner is not handed out any more, in milliseconds. */
const EARLY_MS = 20_000;

/**
 * Tokens by refresh token, one after the other: a refresh token is good for one use, and a second use ends the consent.
 * @param first - the token that came with the first refresh token; handed out once, while it is good
 * @see RFC 6749 section 6; RFC 9700 section 4.14
 */
export function renewedTokens(client: TokenClient, first: GrantedToken, firstResource: string): Root {
  let unused: GrantedToken | undefined = first;
  let refreshToken = first.refreshToken;
  let last: Promise<unknown> = Promise.resolve();
  const nowMs = client.options.nowMs ?? Date.now;
  const obtain: Root = async (resource, authority) => {
    const held = unused;
    const isWhole = Object.keys(authority).length === 0;
    if (held !== undefined && isWhole && resource === firstResource) {
      unused = undefined;
      if (held.expiresAtMs - EARLY_MS > nowMs()) return held;
    }
    if (refreshToken === undefined)
      throw new NarrowgateError("invalid_grant", "the person has to sign in again");
    const form = { grant_type: "refresh_token", refresh_token: refreshToken, resource };
    const token = await client.request({ ...form, ...authorityForm(authority) });
    refreshToken = token.refreshToken;
    return token;
  };
  return (resource, authority) => {
    const next = last.then(() => obtain(resource, authority));
    last = next.catch(() => undefined);
    return next;
  };
}
