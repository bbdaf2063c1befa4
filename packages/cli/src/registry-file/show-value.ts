import { cleanText } from "../terminal/clean-text.ts";

/** Characters of a value that are shown where it is not shown whole. */
const MAX_SHOWN = 400;
/** How much stands before the first difference of a value that is too long to be shown whole. */
const BEFORE_DIFFERENCE = 80;

const textOf = (value: unknown): string => (value === undefined ? "(nothing)" : JSON.stringify(value));

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

/** A part of a long text, with what is left out before and behind it counted. */
function windowOf(text: string, from: number): string {
  const part = cleanText(text.slice(from, from + MAX_SHOWN), MAX_SHOWN);
  const behind = text.length - from - MAX_SHOWN;
  const before = from === 0 ? "" : `[${from} characters] `;
  return behind > 0 ? `${before}${part} [${behind} more characters]` : before + part;
}

/** Two values beside each other, so that what differs is in sight however long they are. */
export function differing(before: unknown, after: unknown): readonly [string, string] {
  const [a, b] = [textOf(before), textOf(after)];
  const from = Math.max(0, firstDifference(a, b) - BEFORE_DIFFERENCE);
  const isShort = a.length <= MAX_SHOWN && b.length <= MAX_SHOWN;
  return isShort ? [windowOf(a, 0), windowOf(b, 0)] : [windowOf(a, from), windowOf(b, from)];
}

/** A value, whole. Trust: upstream's words, cleaned for a terminal. */
export function whole(value: unknown): string {
  return cleanText(textOf(value), Number.POSITIVE_INFINITY);
}

/** The beginning of a value; what is left out is counted. */
export function partOf(value: unknown): string {
  return windowOf(textOf(value), 0);
}

/** Whether a value does not fit, so that a part of it is shown. */
export function isLong(value: unknown): boolean {
  return textOf(value).length > MAX_SHOWN;
}
