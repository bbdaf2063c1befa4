/** Sorts by UTF-16 code units, the order of canonical JSON. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Tells whether every member of `inner` is in `outer`; both sorted by code units, in one pass. */
export function firstMissing(outer: readonly string[], inner: readonly string[]): number | undefined {
  let at = 0;
  for (let i = 0; i < inner.length; i++) {
    const wanted = inner[i];
    while (at < outer.length && compareText(outer[at] ?? "", wanted ?? "") < 0) at++;
    if (outer[at] !== wanted) return i;
  }
  return undefined;
}

/** The members in both; the result keeps the order of `a`. */
export function commonMembers(a: readonly string[], b: readonly string[]): readonly string[] {
  const wanted = new Set(b);
  return a.filter((member) => wanted.has(member));
}
