import type { JsonObject } from "@narrowgate/kernel";

/** What to ask for at a hop; what is left out is taken from the intersection, never widened. */
export interface AuthorityRequest {
  readonly scope?: readonly string[];
  /** RFC 9396 details. @see docs/spec/authority.md */
  readonly details?: readonly JsonObject[];
}

/** Form parameters of an authority request. */
export function authorityForm(request: AuthorityRequest): Readonly<Record<string, string>> {
  return {
    ...(request.scope === undefined ? {} : { scope: request.scope.join(" ") }),
    ...(request.details === undefined ? {} : { authorization_details: JSON.stringify(request.details) }),
  };
}
