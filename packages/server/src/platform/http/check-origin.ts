import type { IncomingMessage } from "node:http";

/** The one header of that name; undefined when it is absent or stands there twice. */
function single(request: IncomingMessage, name: "host" | "origin"): string | undefined {
  const values = request.headersDistinct[name];
  return values?.length === 1 ? values[0] : undefined;
}

/**
 * Checks that a request over TCP was meant for us: `Host` is our own name (a foreign page whose name was rebound to our
 * address is refused), and `Origin`, when there is one, is our own or a listed one.
 * Trust: both headers are attacker-controlled; they only ever refuse, and are never taken for the truth about us.
 * @param origin - our own, as configured; a path in it does not count
 */
export function isOwnOrigin(
  request: IncomingMessage,
  origin: string,
  others: readonly string[] = [],
): boolean {
  const own = new URL(origin);
  if (single(request, "host")?.toLowerCase() !== own.host) return false;
  if (request.headers.origin === undefined) return true;
  const sent = single(request, "origin");
  return sent !== undefined && (sent === own.origin || others.includes(sent));
}
