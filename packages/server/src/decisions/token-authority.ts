import {
  type Authority,
  type CompiledAuthority,
  compileAuthority,
  parseAuthority,
} from "@narrowgate/authority";
import type { AccessTokenClaims } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";

/** What a token allows, in the forms a decision needs. */
export interface TokenAuthority {
  readonly wire: JsonObject;
  readonly parsed: Authority;
  readonly compiled: CompiledAuthority;
  readonly scopes: readonly string[];
}

// A token is used many times; its authority is taken apart once, for as long as its claims are remembered.
const known = new WeakMap<AccessTokenClaims, TokenAuthority>();

/**
 * The authority of a token whose signature has verified.
 * @throws NarrowgateError `malformed_authority`, which refuses the request
 */
export function authorityOf(claims: AccessTokenClaims): TokenAuthority {
  const remembered = known.get(claims);
  if (remembered !== undefined) return remembered;
  const scopes = claims.scope === "" ? [] : claims.scope.split(" ");
  const wire: JsonObject = {
    authorization_details: claims.authorization_details,
    resource: claims.ng.reach,
    scope: scopes,
  };
  const parsed = parseAuthority(wire);
  const authority = { wire, parsed, compiled: compileAuthority(parsed), scopes };
  known.set(claims, authority);
  return authority;
}
