import { compareScalars, type Scalar } from "./scalar.ts";

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

/** The members in both; both sorted as `compareScalars` does, in one pass. */
export function commonMembers<T extends Scalar>(a: readonly T[], b: readonly T[]): readonly T[] {
  const common: T[] = [];
  let at = 0;
  for (const member of a) {
    let other = b[at];
    while (other !== undefined && compareScalars(other, member) < 0) other = b[++at];
    if (other === member) common.push(member);
  }
  return common;
}
