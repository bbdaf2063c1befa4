/** One policy of a file: its text from the first token to its semicolon, and where it begins. */
export interface PolicyText {
  readonly text: string;
  /** One-based line of the first token. */
  readonly line: number;
}

/** What {@link splitPolicies} found. */
export type SplitOutcome =
  | { readonly kind: "split"; readonly policies: readonly PolicyText[] }
  | { readonly kind: "refused"; readonly line: number; readonly message: string };

// INVARIANT: text within these bounds does not exhaust the stack of the Cedar parser, which would end the engine.
// Measured: it ends at 250 nested brackets or 1,000 chained `if`.
const maxTokens = 4000;
const maxNesting = 64;
const maxIfs = 64;

// Cedar's lexical grammar: blanks and comments, strings, words and numbers, and single marks.
const token = /\s+|\/\/[^\n]*|"(?:\\[\s\S]|[^"\\])*"|[A-Za-z0-9_]+|[\s\S]/gy;
const blank = /^(?:\s|\/\/)/;

interface Scan {
  readonly policies: PolicyText[];
  start: number;
  startLine: number;
  line: number;
  tokens: number;
  ifs: number;
  nesting: number;
}

function boundProblem(scan: Scan, piece: string): string | undefined {
  scan.tokens += 1;
  if (piece === "if") scan.ifs += 1;
  if ("([{".includes(piece)) scan.nesting += 1;
  if (")]}".includes(piece)) scan.nesting -= 1;
  if (scan.tokens > maxTokens) return `a policy has at most ${maxTokens} tokens`;
  if (scan.ifs > maxIfs) return `a policy has at most ${maxIfs} conditionals`;
  if (scan.nesting > maxNesting) return `brackets nest at most ${maxNesting} deep`;
  return piece === '"' ? "a string is not closed" : undefined;
}

function countLines(text: string): number {
  let lines = 0;
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) lines += 1;
  return lines;
}

/** Takes one token; returns a problem when the policy it belongs to is out of bounds. */
function take(scan: Scan, text: string, piece: string, offset: number): string | undefined {
  if (blank.test(piece)) {
    scan.line += countLines(piece);
    return undefined;
  }
  if (scan.start < 0) {
    scan.start = offset;
    scan.startLine = scan.line;
  }
  const problem = boundProblem(scan, piece);
  scan.line += countLines(piece);
  // In Cedar a semicolon ends a policy and occurs nowhere else outside strings and comments.
  if (problem === undefined && piece === ";") {
    scan.policies.push({ text: text.slice(scan.start, offset + 1), line: scan.startLine });
    Object.assign(scan, { start: -1, tokens: 0, ifs: 0, nesting: 0 });
  }
  return problem;
}

/**
 * Splits a Cedar file into its policies without parsing them, so that each keeps its place and none can
 * exhaust the parser.
 * Trust: `text` is an operator's.
 * @returns `refused` for text that no bound policy can begin or end; the parser judges the rest
 */
export function splitPolicies(text: string): SplitOutcome {
  if (!text.isWellFormed()) return { kind: "refused", line: 1, message: "the text holds a lone surrogate" };
  const scan: Scan = { policies: [], start: -1, startLine: 1, line: 1, tokens: 0, ifs: 0, nesting: 0 };
  for (const match of text.matchAll(token)) {
    const problem = take(scan, text, match[0], match.index);
    if (problem !== undefined) return { kind: "refused", line: scan.startLine, message: problem };
  }
  if (scan.start >= 0) {
    return { kind: "refused", line: scan.startLine, message: "a policy is not closed by a semicolon" };
  }
  return { kind: "split", policies: scan.policies };
}

/**
 * Tells whether brackets of any kind nest deeper than the parser may be given, outside strings and comments.
 * Trust: `text` is an operator's.
 */
export function nestsTooDeep(text: string): boolean {
  let nesting = 0;
  for (const [piece] of text.matchAll(token)) {
    if ("([{<".includes(piece)) nesting += 1;
    if (")]}>".includes(piece)) nesting -= 1;
    if (nesting > maxNesting) return true;
  }
  return false;
}
