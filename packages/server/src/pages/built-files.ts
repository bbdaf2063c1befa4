import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** A file of the built console. */
export interface BuiltFile {
  readonly bytes: Uint8Array;
  /** The same, compressed with gzip by the build. */
  readonly gzipBytes?: Uint8Array;
  readonly contentType: string;
  readonly kind: "document" | "worker";
  /** True when the name holds a digest of the content. */
  readonly hashed: boolean;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Folders of the build whose file names hold a digest. What is in `worker` may run the policy engine. */
const folders = [
  { name: "assets", kind: "document" },
  { name: "worker", kind: "worker" },
] as const;

/** Where the one page lies in the table. */
export const INDEX_PATH = "/index.html";

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/**
 * Reads the built console into memory: a few files, 6 MB.
 * INVARIANT: a request picks from this table by its whole path, so no path can name a file outside it.
 * @returns files by URL path; empty when the console is not built
 */
export function readBuiltFiles(directory: string): ReadonlyMap<string, BuiltFile> {
  const files = new Map<string, BuiltFile>();
  for (const { name: folder, kind } of folders) {
    const names = namesIn(join(directory, folder));
    for (const name of names) {
      const contentType = contentTypes[extname(name)];
      if (contentType === undefined) continue;
      const path = join(directory, folder, name);
      const compressed = names.includes(`${name}.gz`) ? { gzipBytes: readFileSync(`${path}.gz`) } : {};
      const bytes = readFileSync(path);
      files.set(`/${folder}/${name}`, { bytes, ...compressed, contentType, kind, hashed: true });
    }
  }
  if (namesIn(directory).includes("index.html")) {
    const bytes = readFileSync(join(directory, "index.html"));
    const contentType = "text/html; charset=utf-8";
    files.set(INDEX_PATH, { bytes, contentType, kind: "document", hashed: false });
  }
  return files;
}
