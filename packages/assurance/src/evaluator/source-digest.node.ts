import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "@narrowgate/kernel";

/**
 * Digest of the sources that decide what a control says: catalogue, controls and fold, without tests (C-6).
 * @param root - folder of the sources, ending in a slash
 */
export function sourceDigest(root: URL): string {
  const files = readdirSync(fileURLToPath(root), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /^(?:catalogue|controls|fold)\/.*\.ts$/.test(path) && !path.endsWith(".test.ts"))
    .sort();
  const digests = Object.fromEntries(files.map((path) => [path, hash(readFileSync(new URL(path, root)))]));
  return hash(`narrowgate/evaluator/v1\n${canonicalJson(digests)}`);
}

function hash(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("base64url");
}
