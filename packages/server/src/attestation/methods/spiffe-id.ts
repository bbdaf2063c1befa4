/** A SPIFFE ID, taken apart. */
export interface SpiffeId {
  readonly trustDomain: string;
  /** Segments of the path; none for the trust domain itself. */
  readonly segments: readonly string[];
}

const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/;
const SEGMENT = /^[A-Za-z0-9._-]+$/;

/**
 * Reads a SPIFFE ID: no query, port, user, percent-encoding, empty or dot segment, trailing slash.
 * Trust: attacker-controlled. @returns undefined when it is none
 * @see SPIFFE-ID section 2
 */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  if (text.length > 2048 || !text.startsWith("spiffe://")) return undefined;
  const [trustDomain = "", ...segments] = text.slice("spiffe://".length).split("/");
  const isPath = segments.every((step) => SEGMENT.test(step) && step !== "." && step !== "..");
  return TRUST_DOMAIN.test(trustDomain) && isPath ? { trustDomain, segments } : undefined;
}

/** Is `id` the same as `rule`, or below it by whole segments? `/ns/a` is not above `/ns/ab`. */
export function isWithin(id: SpiffeId, rule: SpiffeId): boolean {
  return (
    id.trustDomain === rule.trustDomain &&
    rule.segments.length <= id.segments.length &&
    rule.segments.every((step, i) => step === id.segments[i])
  );
}
