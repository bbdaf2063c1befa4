import { NarrowgateError } from "@narrowgate/kernel";

/** Characters by ranges of UTF-16 code units, both ends in. */
export interface CharSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly negated: boolean;
}

/** What a pattern is made of. */
export type PatternNode =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "place"; readonly place: "start" | "end" | "edge" | "inside" }
  | { readonly kind: "all"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "any"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "times"; readonly part: PatternNode; readonly min: number; readonly max: number };

/** Longest pattern, in UTF-16 code units. */
export const MAX_PATTERN_CHARS = 512;
const MAX_DEPTH = 16;
const MAX_TIMES = 256;

const DIGIT: CharSet["ranges"] = [[0x30, 0x39]];
const WORD: CharSet["ranges"] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const SPACE: CharSet["ranges"] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x2028, 0x2029],
  [0xfeff, 0xfeff],
];
const NEWLINE: CharSet["ranges"] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
const CLASSES: Readonly<Record<string, CharSet["ranges"]>> = { d: DIGIT, w: WORD, s: SPACE };
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Everything that is in none of the ranges. */
function complement(ranges: CharSet["ranges"]): CharSet["ranges"] {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const gaps: [number, number][] = [];
  let from = 0;
  for (const [lo, hi] of sorted) {
    if (lo > from) gaps.push([from, lo - 1]);
    from = Math.max(from, hi + 1);
  }
  if (from <= 0xffff) gaps.push([from, 0xffff]);
  return gaps;
}

/** Reads one pattern, once, from left to right. */
class PatternReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): PatternNode {
    const node = this.#either();
    if (this.#at < this.#text.length) this.#refuse("has a bracket too many");
    return node;
  }

  #refuse(rule: string): never {
    throw new NarrowgateError("malformed_input", `a pattern ${rule}, at character ${this.#at}`);
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #take(): string {
    const char = this.#peek();
    if (char === "") this.#refuse("ends too early");
    this.#at++;
    return char;
  }

  #takeIf(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #either(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#takeIf("|")) parts.push(this.#sequence());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "any", parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#text.length && this.#peek() !== "|" && this.#peek() !== ")")
      parts.push(this.#repeated());
    return { kind: "all", parts };
  }

  #repeated(): PatternNode {
    const part = this.#atom();
    const times = this.#times();
    if (times === undefined) return part;
    if (part.kind === "place") this.#refuse("repeats a place");
    if ("*+?{".includes(this.#peek()) && this.#peek() !== "") this.#refuse("repeats what is repeated");
    return { kind: "times", part, ...times };
  }

  #times(): { readonly min: number; readonly max: number } | undefined {
    if (this.#takeIf("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#takeIf("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#takeIf("?")) return { min: 0, max: 1 };
    if (!this.#takeIf("{")) return undefined;
    const min = this.#count();
    const max = this.#takeIf(",") ? (this.#peek() === "}" ? Number.POSITIVE_INFINITY : this.#count()) : min;
    if (!this.#takeIf("}") || max < min) this.#refuse("has a number of times that is none");
    return { min, max };
  }

  #count(): number {
    const [digits = ""] = /^\d{1,3}/.exec(this.#text.slice(this.#at, this.#at + 3)) ?? [];
    this.#at += digits.length;
    const count = Number(digits);
    if (digits === "" || count > MAX_TIMES) this.#refuse(`repeats at most ${MAX_TIMES} times by number`);
    return count;
  }

  #atom(): PatternNode {
    const char = this.#take();
    if (char === "(") return this.#group();
    if (char === "[") return { kind: "set", set: this.#charClass() };
    if (char === ".") return { kind: "set", set: { ranges: NEWLINE, negated: true } };
    if (char === "^") return { kind: "place", place: "start" };
    if (char === "$") return { kind: "place", place: "end" };
    if (char === "\\") return this.#escaped();
    if ("*+?{}]".includes(char)) this.#refuse("has a sign that stands for nothing");
    return { kind: "set", set: { ranges: [[char.charCodeAt(0), char.charCodeAt(0)]], negated: false } };
  }

  #group(): PatternNode {
    if (this.#peek() === "?" && !this.#takeIf("?:")) this.#refuse("looks around or names a group");
    if (++this.#depth > MAX_DEPTH) this.#refuse("is nested too deep");
    const node = this.#either();
    if (!this.#takeIf(")")) this.#refuse("has an open bracket");
    this.#depth--;
    return node;
  }

  #escaped(): PatternNode {
    if (this.#takeIf("b")) return { kind: "place", place: "edge" };
    if (this.#takeIf("B")) return { kind: "place", place: "inside" };
    return { kind: "set", set: { ranges: this.#escapedRanges(), negated: false } };
  }

  #escapedRanges(): CharSet["ranges"] {
    const char = this.#take();
    const known = CLASSES[char.toLowerCase()];
    if (known !== undefined) return char === char.toLowerCase() ? known : complement(known);
    if (char === "u") return this.#codeUnit();
    const control = CONTROLS[char] ?? char;
    if (control === char && /[A-Za-z0-9]/.test(char)) this.#refuse("has an escape that is not known");
    return [[control.charCodeAt(0), control.charCodeAt(0)]];
  }

  #codeUnit(): CharSet["ranges"] {
    const [digits] = /^[0-9A-Fa-f]{4}/.exec(this.#text.slice(this.#at, this.#at + 4)) ?? [];
    if (digits === undefined) this.#refuse("has an escape that is not known");
    this.#at += 4;
    const unit = Number.parseInt(digits, 16);
    return [[unit, unit]];
  }

  #charClass(): CharSet {
    const negated = this.#takeIf("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.#takeIf("]")) ranges.push(...this.#classItem());
    if (ranges.length === 0) this.#refuse("has a class of nothing");
    return { ranges, negated };
  }

  #classUnit(): CharSet["ranges"] {
    const char = this.#take();
    if (char === "\\") return this.#escapedRanges();
    if (char === "[") this.#refuse("has a class in a class");
    return [[char.charCodeAt(0), char.charCodeAt(0)]];
  }

  #classItem(): CharSet["ranges"] {
    const from = this.#classUnit();
    if (this.#peek() !== "-" || this.#text.charAt(this.#at + 1) === "]") return from;
    this.#take();
    const to = this.#classUnit();
    const [[lo, first] = [1, 0], ...moreFrom] = from;
    const [[last, hi] = [1, 0], ...moreTo] = to;
    if (lo !== first || last !== hi || hi < lo || moreFrom.length + moreTo.length > 0)
      this.#refuse("has a range that is none");
    return [[lo, hi]];
  }
}

/**
 * Reads a pattern: a subset of regular expressions in which nothing can be looked back to, so that it can be matched in
 * linear time. Letters, `.`, `[ ]`, `\d \w \s` and their opposites, `\b \B ^ $`, `( )`, `(?: )`, `|`, `* + ? {m,n}`.
 * @throws NarrowgateError `malformed_input`
 */
export function readPattern(text: string): PatternNode {
  if (text === "" || text.length > MAX_PATTERN_CHARS)
    throw new NarrowgateError("malformed_input", `a pattern has 1 to ${MAX_PATTERN_CHARS} characters`);
  return new PatternReader(text).read();
}
