import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { sha256Base64url } from "../crypto-hash/sha256.ts";

const sources = new URL("../../../../", import.meta.url);

/** Digest of the code that runs: every source file of every workspace, by path. */
export async function digestOfBuild(): Promise<string> {
  const paths: string[] = [];
  for await (const path of glob("*/{src,dist}/**/*.{ts,js,json}", { cwd: sources.pathname }))
    paths.push(path);
  const all = createHash("sha256");
  for (const path of paths.sort()) {
    if (!/\.test\.|\.d\.ts$/.test(path))
      all.update(`${path}\n${sha256Base64url(await readFile(new URL(path, sources)))}\n`);
  }
  return all.digest("base64url");
}
