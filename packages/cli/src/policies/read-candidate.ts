import { readFile, stat } from "node:fs/promises";
import { basename, dirname, posix, resolve } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import { type PolicyFile, readPolicies } from "../registry-file/read-policies.ts";
import { readRegistryFile } from "../registry-file/read-registry-file.ts";
import { readPolicyTests, type TestFile } from "./read-policy-tests.ts";

/** Policies somebody thinks of putting in force, with their tests. */
export interface Candidate {
  readonly files: readonly PolicyFile[];
  readonly tests: readonly TestFile[];
}

/** Gives files the names a registry file beside their folder would give them, so that a plan compares like with like. */
function below(folder: string, { files, tests }: Candidate): Candidate {
  const parent = basename(folder);
  // Of other letters the name of a file may not be made (admin API): then the folder is left out.
  if (!/^[A-Za-z0-9_\-.]+$/.test(parent)) return { files, tests };
  const named = (name: string): string => posix.join(parent, name);
  return {
    files: files.map(({ name, text }) => ({ name: named(name), text })),
    tests: tests.map(({ tests: read, wire }) => ({ tests: { ...read, file: named(read.file) }, wire })),
  };
}

/**
 * Reads a candidate: a registry file (its policies), a folder (its `*.cedar`), or one Cedar file.
 * @throws `not_found`, `malformed_input`
 */
export async function readCandidate(directory: string, name: string): Promise<Candidate> {
  const path = resolve(directory, name);
  if ((await stat(path)).isDirectory()) {
    const files = await readPolicies(path, ["*.cedar"]);
    return below(path, { files, tests: await readPolicyTests(path, files) });
  }
  if (/\.ya?ml$/.test(path)) {
    const { policies, tests = [] } = await readRegistryFile(path);
    if (policies === undefined) throw new NarrowgateError("usage", `${name} names no policies`);
    return { files: policies, tests };
  }
  const files = [{ name: basename(path), text: await readFile(path, "utf8") }];
  const folder = dirname(path);
  return below(folder, { files, tests: await readPolicyTests(folder, files) });
}
