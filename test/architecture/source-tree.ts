import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the repository: `path` is relative to its root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The directory the whole repository lives in. */
export const repositoryRoot: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** What is made by tools or by a running instance, and so is under no rule. */
const generated = new Set([
  "node_modules",
  "dist",
  ".git",
  ".narrowgate",
  "coverage",
  "reports",
  ".stryker-tmp",
]);
const textFile =
  /\.(?:ts|tsx|mjs|cjs|js|json|md|ya?ml|sh|py|html|css|cedar|sql|toml|txt|service)$|^\.ci\/|Dockerfile$/;

/** Every hand-written text file, found without git so that an unpacked archive can be tested as well. */
export function repositoryFiles(): SourceFile[] {
  return walk(repositoryRoot)
    .map((path) => relative(repositoryRoot, path).replaceAll("\\", "/"))
    .filter((path) => textFile.test(path))
    .map((path) => ({ path, text: readFileSync(join(repositoryRoot, path), "utf8") }));
}

/** True for a TypeScript file that ships, that is, no test and nothing of the private test kit. */
export function isProductSource(path: string): boolean {
  return /^packages\/(?!testkit\/)[^/]+\/src\/.+\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path);
}

/** True when the path (relative to the root) names something that exists. */
export function existsInRepository(path: string): boolean {
  return existsSync(join(repositoryRoot, path));
}

function walk(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (generated.has(entry.name) || entry.name.endsWith(".tsbuildinfo")) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}
