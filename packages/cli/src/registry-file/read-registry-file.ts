import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseRegistryDocument, type RegistryDocument } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { readYaml } from "@narrowgate/policy/yaml";
import { asObject } from "../admin/read-answer.ts";
import { readPolicyTests, type TestFile } from "../policies/read-policy-tests.ts";
import { type PolicyFile, readPolicies } from "./read-policies.ts";

/** Name of the registry file where none is given. */
export const REGISTRY_FILE = "narrowgate.yaml";

/** A registry file, checked, as it is sent. */
export interface RegistryFile {
  /** What is sent: the file's own words, with the folders of servers made absolute. */
  readonly wire: JsonObject;
  readonly document: RegistryDocument;
  /** Absent when the file names no policies: then they stay as they are. */
  readonly policies?: readonly PolicyFile[];
  /** Those that stand beside the policies. */
  readonly tests?: readonly TestFile[];
}

/** The gate does not run in the folder of the file, so a server's folder is made absolute here. */
function withAbsoluteFolders(value: JsonValue, folder: string): JsonObject {
  const document = asObject(value);
  const { servers } = document;
  if (!Array.isArray(servers)) return document;
  const moved = servers.map((item: JsonValue) => {
    const server = asObject(item);
    const upstream = asObject(server.upstream);
    if (upstream.transport !== "stdio") return item;
    const cwd = typeof upstream.cwd === "string" ? upstream.cwd : ".";
    return { ...server, upstream: { ...upstream, cwd: resolve(folder, cwd) } };
  });
  return { ...document, servers: moved };
}

function named(file: string, error: unknown): unknown {
  if (!isNarrowgateError(error)) return error;
  return new NarrowgateError(error.code, `${file}: ${error.publicMessage}`, { cause: error });
}

/**
 * Reads a registry file and the policies it names.
 * @throws `malformed_input` naming the path of the first problem, `secret_in_config` naming the path and never the value,
 * `not_found`
 */
export async function readRegistryFile(file: string): Promise<RegistryFile> {
  const folder = dirname(file);
  const value = readYaml(await readFile(file, "utf8"), file);
  try {
    const document = parseRegistryDocument(value);
    const wire = withAbsoluteFolders(value, folder);
    if (document.policies.length === 0) return { wire, document };
    const policies = await readPolicies(folder, document.policies);
    return { wire, document, policies, tests: await readPolicyTests(folder, policies) };
  } catch (error) {
    throw named(file, error);
  }
}
