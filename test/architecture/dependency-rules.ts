import type { SourceFile } from "./source-tree.ts";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Third-party dependencies of a package.json that have no line in the table, or no exact version. */
export function manifestViolations({ path, text }: SourceFile, table: string): string[] {
  const manifest: Manifest = JSON.parse(text);
  const named = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  return Object.entries(named).flatMap(([name, version]) => {
    if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
      return [`${path}: ${name} ${version} is no exact version`];
    if (name.startsWith("@narrowgate/") || table.includes(`\`${name}\``)) return [];
    return [`${path}: ${name} has no line in docs/adr/dependencies.md`];
  });
}

const permissive = new Set([
  ...["MIT", "MIT-0", "Apache-2.0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD"],
  ...["BlueOak-1.0.0", "Zlib", "Unlicense", "CC0-1.0", "Python-2.0"],
]);

/** Packages of a lock file that ship with the product under a licence that is not permissive. */
export function licenceViolations({ path, text }: SourceFile): string[] {
  const packages: Record<string, { license?: string; dev?: boolean; devOptional?: boolean }> =
    JSON.parse(text).packages ?? {};
  return Object.entries(packages).flatMap(([name, entry]) => {
    const ships = name.startsWith("node_modules/") && entry.dev !== true && entry.devOptional !== true;
    if (!ships || entry.license === undefined || isPermissive(entry.license)) return [];
    return [`${path}: ${name} ships under ${entry.license}`];
  });
}

/** An expression is permissive when every `AND` part has a permissive alternative. */
function isPermissive(expression: string): boolean {
  const parts = expression.replaceAll(/[()]/g, "").split(" AND ");
  return parts.every((part) => part.split(" OR ").some((licence) => permissive.has(licence.trim())));
}
