import { posix } from "node:path";
import type { SourceFile } from "./source-tree.ts";
import { parseImports } from "./syntax.ts";

/** Files, and what each of them imports of the same repository. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Who imports whom, for a type alone as well; by path, and by the name of a workspace. */
export function importGraph(files: readonly SourceFile[]): ImportGraph {
  const faces = new Map(files.flatMap(publicFaces));
  const sources = files.filter(({ path }) => /\.tsx?$/.test(path));
  const known = new Set(sources.map(({ path }) => path));
  const imported = ({ path, text }: SourceFile): string[] =>
    parseImports(path, text).flatMap((name) => {
      const target = name.startsWith(".") ? posix.join(posix.dirname(path), name) : faces.get(name);
      return target !== undefined && known.has(target) ? [target] : [];
    });
  return new Map(sources.map((file) => [file.path, imported(file)]));
}

/**
 * The first circle of imports: each file imports the next one, and the last imports the first.
 * @returns nothing when no file comes back to itself
 */
export function importCircle(graph: ImportGraph): readonly string[] {
  const left = new Map(graph);
  const importsOf = (path: string) => (left.get(path) ?? []).filter((target) => left.has(target));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const path of [...left.keys()]) if (importsOf(path).length === 0) left.delete(path);
  }
  // Whatever is left imports something that is left, so a walk over it comes back to where it was.
  const [start] = left.keys();
  const walked: string[] = [];
  for (let at = start; at !== undefined; at = importsOf(at)[0]) {
    if (walked.includes(at)) return walked.slice(walked.indexOf(at));
    walked.push(at);
  }
  return [];
}

/** Names under which others import a workspace, and the source each of them stands for. */
function publicFaces({ path, text }: SourceFile): [string, string][] {
  if (!/^packages\/[^/]+\/package\.json$/.test(path)) return [];
  const manifest: { name: string; exports?: Record<string, Record<string, string>> } = JSON.parse(text);
  return Object.entries(manifest.exports ?? {}).map(([face, conditions]) => [
    posix.join(manifest.name, face),
    posix.join(posix.dirname(path), conditions["@narrowgate/source"] ?? ""),
  ]);
}
