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
}

type Parsed = ReturnType<typeof parseSync>;

/** Parses TypeScript or TSX; a file that does not parse is a failure of the rule that asked. */
export function parseSyntax(path: string, text: string): Syntax {
  const parsed = parse(path, text);
  return {
    nodes: collect(parsed.program),
    comments: parsed.comments.map(({ value, start }) => ({ text: value, start })),
  };
}

/** Every module a file names: static and dynamic imports, type imports (also in place), re-exports. */
export function parseImports(path: string, text: string): readonly string[] {
  const parsed = parse(path, text);
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  const named = [
    ...staticImports.map((item) => item.moduleRequest.value),
    ...staticExports.flatMap((item) => item.entries.map((entry) => entry.moduleRequest?.value)),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => unquote(text.slice(start, end))),
    ...(/\bimport\s*\(/.test(text) ? typesInPlace(parsed) : []),
  ];
  return [...new Set(named.filter((name) => name !== undefined))];
}

/** One-based line of an offset, for messages a person can click. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function parse(path: string, text: string): Parsed {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  return parsed;
}

/** Modules of types that are named where they are used: `import("./a.ts").A`. */
function typesInPlace({ program }: Parsed): (string | undefined)[] {
  return collect(program).map(({ type, source }) =>
    type === "TSImportType" && isRecord(source) && typeof source.value === "string"
      ? source.value
      : undefined,
  );
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
