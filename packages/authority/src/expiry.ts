import type { Authority } from "./authority.ts";
import { normalise } from "./normalise.ts";

/**
 * What is left of an authority at a time: the details that have not expired. Narrower than `authority`.
 * @param unixSeconds - a detail is over from the second it names
 * @see docs/spec/authority.md A-8
 */
export function liveAt(authority: Authority, unixSeconds: number): Authority {
  return normalise({
    ...authority,
    details: authority.details.filter(({ expires }) => unixSeconds < expires),
  });
}

/**
 * The latest time a token that carries this authority may expire, so that no detail outlives itself.
 * @returns Unix seconds; infinity when no detail expires
 * @see docs/spec/authority.md A-8
 */
export function earliestExpiry(authority: Authority): number {
  return Math.min(...authority.details.map(({ expires }) => expires));
}
