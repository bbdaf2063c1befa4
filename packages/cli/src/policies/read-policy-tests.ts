import { glob, readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { type PolicyTests, parsePolicyTests } from "@narrowgate/policy/testing";
import { readYaml } from "@narrowgate/policy/yaml";
import type { PolicyFile } from "../registry-file/read-policies.ts";

const MAX_FILES = 256;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** A file of tests, and the value its YAML stands for, as it is sent. */
export interface TestFile {
  readonly tests: PolicyTests;
  readonly wire: JsonValue;
}

async function readOne(folder: string, name: string): Promise<TestFile> {
  const path = join(folder, name);
  if ((await stat(path)).size > MAX_FILE_BYTES)
    throw new NarrowgateError("request_too_large", `${name} is too large`);
  const wire = readYaml(await readFile(path, "utf8"), name);
  return { tests: parsePolicyTests(wire, name), wire };
}

/**
 * Reads the tests that stand beside policy files: each `*.cedartest.yaml` in a folder that holds one of them.
 * @param folder - to which the names of `policies` are relative
 * @throws `malformed_input` naming file and path
 */
export async function readPolicyTests(
  folder: string,
  policies: readonly PolicyFile[],
): Promise<readonly TestFile[]> {
  const folders = new Set(policies.map(({ name }) => posix.dirname(name)));
  const names = new Set<string>();
  for (const each of folders) {
    for await (const name of glob("*.cedartest.yaml", { cwd: join(folder, each) }))
      names.add(posix.join(each, name));
  }
  if (names.size > MAX_FILES)
    throw new NarrowgateError("malformed_input", `more than ${MAX_FILES} files of policy tests`);
  return Promise.all([...names].sort().map((name) => readOne(folder, name)));
}
