import type { SourceFile } from "./source-tree.ts";

/** Codes that no product file outside the catalogue names: rows nothing can ever return. */
export function unusedCodes(codes: readonly string[], sources: readonly SourceFile[]): string[] {
  const named = new Set(
    sources.flatMap(({ text }) => [...text.matchAll(/["'`]([a-z][a-z0-9_]*)["'`]/g)].map((m) => m[1])),
  );
  return codes.filter((code) => !named.has(code));
}

/** Codes that the reference page does not explain. */
export function undocumentedCodes(codes: readonly string[], page: string): string[] {
  return codes.filter((code) => !page.includes(`\`${code}\``));
}
