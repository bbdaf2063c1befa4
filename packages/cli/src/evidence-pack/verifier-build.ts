import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson, sha256, toSha256Text, utf8 } from "@narrowgate/kernel";

/** Workspaces whose code decides what `verify` says. */
const PARTS = ["assurance", "authority", "contracts", "kernel", "policy", "tlog", "verifier"];

/** Which verifier this is. */
export interface VerifierBuild {
  readonly version: string;
  /** H of the canonical `{path: H(file)}` over its code, as it is installed here. */
  readonly digest: string;
}

async function versionOf(folder: string): Promise<string> {
  const { version }: { readonly version: string } = JSON.parse(
    await readFile(join(folder, "..", "package.json"), "utf8"),
  );
  return version;
}

/** Reads the code that verifies here, and says which it is. */
export async function verifierBuild(): Promise<VerifierBuild> {
  const files: { [path: string]: string } = {};
  let version = "";
  for (const part of PARTS) {
    const folder = dirname(fileURLToPath(import.meta.resolve(`@narrowgate/${part}`)));
    if (part === "verifier") version = await versionOf(folder);
    for await (const path of glob("**/*.{ts,js,json}", { cwd: folder })) {
      if (/\.test\.|\.d\.ts$/.test(path)) continue;
      files[`${part}/${path}`] = toSha256Text(sha256(await readFile(join(folder, path))));
    }
  }
  return { version, digest: toSha256Text(sha256(utf8(canonicalJson(files)))) };
}
