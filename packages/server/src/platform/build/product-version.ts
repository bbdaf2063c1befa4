import { readFile } from "node:fs/promises";
import { parseStrictJson, readString } from "@narrowgate/kernel";

/** Version of this workspace, as its package names it. */
export async function productVersion(): Promise<string> {
  const file = new URL("../../../package.json", import.meta.url);
  const document: unknown = parseStrictJson(await readFile(file));
  const version: unknown =
    typeof document === "object" && document !== null ? Reflect.get(document, "version") : undefined;
  return readString(version, "/version");
}
