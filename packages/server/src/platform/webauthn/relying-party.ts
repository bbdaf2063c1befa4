import { NarrowgateError } from "@narrowgate/kernel";

/** Whom a passkey is made for, and where it is used. */
export interface RelyingParty {
  /** Host name the passkey is bound to: that of the origin, or a parent of it. */
  readonly rpId: string;
  /** Origin of the page that asks for the passkey, as a browser writes it. */
  readonly origin: string;
}

const addressLike = /^(?:\d+(?:\.\d+)*|\[.*\]|.*:.*)$/;

/**
 * Takes an origin and, where it is given, an RP id, and holds them to what browsers take: https, or plain http on
 * `localhost`; a host name, never an address; the RP id is the host name or a parent of it with a dot in it.
 * Trust: both come from the configuration.
 * @throws NarrowgateError `malformed_input` naming `path`
 * @see docs/spec/approval.md P-6
 */
export function relyingParty(origin: string, path: string, rpId?: string): RelyingParty {
  const refuse = (rule: string): never => {
    throw new NarrowgateError("malformed_input", `${path}: ${rule}`);
  };
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || url.origin !== origin || !/^https?:$/.test(url.protocol))
    return refuse("must be an origin: scheme, host name and port, nothing else");
  const { hostname, protocol } = url;
  if (addressLike.test(hostname)) return refuse("must have a host name, not an address; use localhost");
  const isLocal = hostname === "localhost" || hostname.endsWith(".localhost");
  if (protocol !== "https:" && !isLocal) return refuse("must be https, or on localhost");
  const id = rpId ?? hostname;
  const isParent = id.includes(".") && hostname.endsWith(`.${id}`);
  if (id !== hostname && !isParent) return refuse("the RP id must be the host name or a parent of it");
  return { rpId: id, origin };
}
