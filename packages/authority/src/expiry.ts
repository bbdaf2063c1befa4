import type { Authority } from "./authority.ts";

/**
 * The latest time a token that carries this authority may expire, so that no detail outlives itself.
 * @returns Unix seconds; infinity when no detail expires
 * @see docs/spec/authority.md A-8
 */
export function earliestExpiry(authority: Authority): number {
  return Math.min(...authority.details.map(({ expires }) => expires));
}
