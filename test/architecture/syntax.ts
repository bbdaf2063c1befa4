import { parseSync } from "vite";

/** A node of the syntax tree, as far as the rules look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** What the rules need to know of one TypeScript file. */
export interface Syntax {
  readonly nodes: readonly SyntaxNode[];
  readonly comments: readonly { readonly text: string; readonly start: number }[];
  /** Every module the file names: static and dynamic imports, type imports, re-exports. */
  readonly imports: readonly string[];
}

/** Parses TypeScript or TSX; a file that does not parse is a failure of the rule that asked. */
export function parseSyntax(path: string, text: string): Syntax {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  const reExports = staticExports.flatMap((item) => item.entries.map((entry) => entry.moduleRequest?.value));
  const dynamic = dynamicImports.map(({ moduleRequest: { start, end } }) => unquote(text.slice(start, end)));
  const named = [...staticImports.map((item) => item.moduleRequest.value), ...reExports, ...dynamic];
  return {
    nodes: collect(parsed.program),
    comments: parsed.comments.map(({ value, start }) => ({ text: value, start })),
    imports: [...new Set(named.filter((name) => name !== undefined))],
  };
}

/** One-based line of an offset, for messages a person can click. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function unquote(expression: string): string | undefined {
  return /^(["'`])([^"'`$]*)\1$/.exec(expression)?.[2];
}

function collect(value: unknown): SyntaxNode[] {
  if (Array.isArray(value)) return value.flatMap(collect);
  if (!isRecord(value)) return [];
  const below = Object.values(value).flatMap(collect);
  return isSyntaxNode(value) ? [value, ...below] : below;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSyntaxNode(value: Record<string, unknown>): value is SyntaxNode {
  return typeof value.type === "string" && typeof value.start === "number";
}
