/**
 * A name as names are compared wherever somebody may not answer for herself: without blanks around it, without case, and
 * without the scheme of an address, so that a difference in writing bars too.
 * @see docs/spec/evidence.md E-31
 */
export function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/^mailto:/, "");
}
