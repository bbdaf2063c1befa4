import { type Authority, formatAuthority, parseAuthority } from "@narrowgate/authority";
import type { AccessTokenClaims } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";

// Both are used many times and never change: taken apart once, for as long as somebody else remembers them.
const ceilings = new WeakMap<JsonObject, Authority>();
const tokens = new WeakMap<AccessTokenClaims, Authority>();
const wires = new WeakMap<Authority, JsonObject>();

/** The ceiling of an agent. Trust: `wire` is the registry's own record. @throws `malformed_authority` */
export function ceilingOf(wire: JsonObject): Authority {
  const known = ceilings.get(wire);
  if (known !== undefined) return known;
  const ceiling = parseAuthority(wire);
  ceilings.set(wire, ceiling);
  return ceiling;
}

/** The authority of one of our tokens. Trust: `claims` come from a verified token. @throws `malformed_authority` */
export function authorityOf(claims: AccessTokenClaims): Authority {
  const known = tokens.get(claims);
  if (known !== undefined) return known;
  const authority = parseAuthority({
    scope: claims.scope === "" ? [] : claims.scope.split(" "),
    resource: [...claims.ng.reach],
    authorization_details: [...claims.authorization_details],
  });
  tokens.set(claims, authority);
  return authority;
}

/** The wire form of an authority that is written down again and again. */
export function wireOf(authority: Authority): JsonObject {
  const known = wires.get(authority);
  if (known !== undefined) return known;
  const wire = formatAuthority(authority);
  wires.set(authority, wire);
  return wire;
}
