import { readArray, readObject, readString } from "@narrowgate/kernel";
import { type Authority, type AuthorizationDetail, maxDetails } from "./authority.ts";
import { asAuthorityInput, refuseMalformed } from "./malformed.ts";
import { normalise, normaliseDetails } from "./normalise.ts";
import { readDetail } from "./read-detail.ts";

const members = ["scope", "resource", "authorization_details"] as const;

// RFC 6749 section 3.3.
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
// RFC 3986 section 4.3: a scheme, then only characters a URI may hold; no fragment.
const absoluteUri = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;

const maxSetSize = 256;
const maxScopeLength = 256;
const maxUriLength = 2048;

/** A part of an authority, as a request to a token service names it; a part that is not named is not asked for. */
export interface RequestedAuthority {
  readonly scope?: readonly string[];
  readonly resource?: readonly string[];
  readonly details?: readonly AuthorizationDetail[];
}

function readSet(value: unknown, path: string, readItem: (item: unknown, at: string) => string): string[] {
  const items = readArray(value, path, readItem, { max: maxSetSize });
  if (new Set(items).size !== items.length) refuseMalformed(path, "holds a duplicate");
  return items;
}

function readScope(value: unknown): string[] {
  return readSet(value, "/scope", (item, at) =>
    readString(item, at, { min: 1, max: maxScopeLength, pattern: scopeToken }),
  );
}

function readResource(value: unknown): string[] {
  return readSet(value, "/resource", (item, at) =>
    readString(item, at, { min: 1, max: maxUriLength, pattern: absoluteUri }),
  );
}

function readDetails(value: unknown, path: string): readonly AuthorizationDetail[] {
  const details = readArray(value, path, readDetail, { max: maxDetails });
  return details.filter((detail) => detail !== undefined);
}

/**
 * Reads an authority into normal form.
 * Trust: `value` is attacker-controlled parsed JSON, bounded in size and free of duplicate keys by its reader.
 * @throws NarrowgateError `malformed_authority`; the public message begins with the JSON Pointer of what is wrong
 * @see docs/spec/authority.md sections 1 to 3
 */
export function parseAuthority(value: unknown): Authority {
  return asAuthorityInput(() => {
    const sent = readObject(value, "", members);
    return normalise({
      scope: readScope(sent.scope),
      resource: readResource(sent.resource),
      details: readDetails(sent.authorization_details, "/authorization_details"),
    });
  });
}

/**
 * Reads the claim or request parameter `authorization_details` into normal form.
 * Trust: as for {@link parseAuthority}; pointers in messages start at the array.
 * @throws NarrowgateError `malformed_authority`
 * @see RFC 9396 section 2; docs/spec/authority.md section 1
 */
export function parseAuthorizationDetails(value: unknown): readonly AuthorizationDetail[] {
  return asAuthorityInput(() => normaliseDetails(readDetails(value, "")));
}

/**
 * Reads what a request asks for: an authority of which any part may be absent.
 * Trust: as for {@link parseAuthority}.
 * @throws NarrowgateError `malformed_authority`
 * @see docs/spec/authority.md section 6
 */
export function parseRequestedAuthority(value: unknown): RequestedAuthority {
  return asAuthorityInput(() => {
    const sent = readObject(value, "", members);
    const details = sent.authorization_details;
    return {
      ...(sent.scope === undefined ? {} : { scope: readScope(sent.scope) }),
      ...(sent.resource === undefined ? {} : { resource: readResource(sent.resource) }),
      ...(details === undefined ? {} : { details: readDetails(details, "/authorization_details") }),
    };
  });
}
