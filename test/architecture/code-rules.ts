import type { SourceFile } from "./source-tree.ts";
import { lineOf, parseSyntax, type SyntaxNode } from "./syntax.ts";

const longestFileLines = 400;

/** Files that are too long to be read at a sitting, unless their first comment says why: `LONG: reason`. */
export function lengthViolations({ path, text }: SourceFile): string[] {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const excused = /^(?:#![^\n]*\n)?\s*(?:\/\*\*?|\/\/)[\s*]*LONG: \S+/.test(text);
  return lines <= longestFileLines || excused
    ? []
    : [`${path}: ${lines} lines, more than ${longestFileLines}`];
}

/** What product code never holds: `any`, non-null `!`, bare errors, and notes to do something later. */
export function contentViolations({ path, text }: SourceFile): string[] {
  const { nodes, comments } = parseSyntax(path, text);
  const inCode = nodes.flatMap((node) => {
    const reason = forbiddenNode(node);
    return reason === undefined ? [] : [{ start: node.start, reason }];
  });
  const inComments = comments
    .filter((comment) => /\b(?:TODO|FIXME|XXX)\b/.test(comment.text))
    .map(({ start }) => ({ start, reason: "a note to do something later; do it, or open an issue" }));
  return [...inCode, ...inComments].map(({ start, reason }) => `${path}:${lineOf(text, start)}: ${reason}`);
}

function forbiddenNode(node: SyntaxNode): string | undefined {
  if (node.type === "TSAnyKeyword") return "`any`; say what it is, or `unknown` and parse it";
  if (node.type === "TSNonNullExpression") return "non-null `!`; prove it or throw a coded error";
  if (node.type === "ThrowStatement" && isNewError(node.argument)) {
    return "a bare Error; throw a NarrowgateError with a code of the catalogue";
  }
  return undefined;
}

function isNewError(value: unknown): boolean {
  const { type, callee } = Object(value);
  return (type === "NewExpression" || type === "CallExpression") && Object(callee).name === "Error";
}

const emptyWords = [
  "util",
  "utils",
  "helper",
  "helpers",
  "manager",
  "common",
  "misc",
  "service",
  "services",
  "base",
];

/** File and folder names that say nothing of what is inside. */
export function nameViolations(path: string): string[] {
  const stems = path.split("/").map((segment) => segment.replace(/\..*$/, ""));
  const empty = stems.filter((stem) => emptyWords.includes(stem.split("-").at(-1) ?? ""));
  return empty.map((stem) => `${path}: "${stem}" says nothing; name it after what it does`);
}
