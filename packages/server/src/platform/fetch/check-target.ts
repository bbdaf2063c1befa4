import { isIP } from "node:net";
import { fetchFailed, fetchRefused } from "./fetch-errors.ts";
import { isLoopback, isSpecialUse } from "./special-use.ts";

/** An address a name stands for. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Resolves a host name to all its addresses. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** Exceptions to *public https only*. */
export interface TargetRules {
  /** Hosts, exactly as in a URL without port, that may have special-use addresses (an issuer inside the network). */
  readonly allowedHosts: readonly string[];
  /** Development only: plain http to allowed hosts, if all their addresses are loopback. */
  readonly allowHttpOnLoopback: boolean;
}

/** A URL that may be fetched, at these addresses only. */
export interface CheckedTarget {
  readonly url: URL;
  readonly addresses: readonly ResolvedAddress[];
}

function parseUrl(text: string, rules: TargetRules): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || text.length > 2048) throw fetchRefused("not a URL");
  const plain = url.protocol === "http:" && rules.allowHttpOnLoopback;
  if (url.protocol !== "https:" && !plain) throw fetchRefused("not https");
  if (url.username !== "" || url.password !== "") throw fetchRefused("the URL holds user information");
  if (url.hash !== "") throw fetchRefused("the URL holds a fragment");
  return url;
}

async function addressesOf(host: string, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  const family = isIP(bare);
  if (family !== 0) return [{ address: bare, family }];
  try {
    return await resolve(host);
  } catch (cause) {
    throw fetchFailed("the host name does not resolve", cause);
  }
}

/**
 * Decides whether a URL may be fetched, and at which addresses.
 * INVARIANT: every address of the name is checked, so that a name with one good and one bad address is refused; the
 * connection uses these addresses and resolves nothing again.
 * @throws `fetch_refused`, `fetch_failed` when the name does not resolve
 */
export async function checkTarget(
  text: string,
  rules: TargetRules,
  resolve: Resolve,
): Promise<CheckedTarget> {
  const url = parseUrl(text, rules);
  const addresses = await addressesOf(url.hostname, resolve);
  if (addresses.length === 0) throw fetchFailed("the host name has no address");
  const isAllowed = rules.allowedHosts.includes(url.hostname);
  if (!isAllowed && addresses.some(({ address }) => isSpecialUse(address)))
    throw fetchRefused("the host has a special-use address");
  if (url.protocol === "http:" && !(isAllowed && addresses.every(({ address }) => isLoopback(address))))
    throw fetchRefused("plain http is for loopback only");
  return { url, addresses };
}
