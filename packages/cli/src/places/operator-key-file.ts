import { join } from "node:path";
import { type AgentKey, generatePrivateJwk, importAgentKey, type PrivateAgentJwk } from "@narrowgate/agent";
import { NarrowgateError, parseStrictJson, readObject, readString } from "@narrowgate/kernel";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";

const FORMAT = "narrowgate-operator-key/1";

/** The key by which a person signs what they do to an instance. */
export interface OperatorIdentity {
  readonly name: string;
  readonly key: AgentKey;
  readonly path: string;
}

/** Where the operator's key for an instance is kept: one file per address. */
export function operatorKeyPath(directory: string, baseUrl: string): string {
  const { host, pathname } = new URL(baseUrl);
  const name = `${host}${pathname}`.replace(/\/+$/, "").replace(/[^A-Za-z0-9.-]/g, "_");
  return join(directory, `${name}.json`);
}

async function identityOf(name: string, jwk: unknown, path: string): Promise<OperatorIdentity> {
  return { name, key: await importAgentKey(jwk), path };
}

/** Reads an operator's key. @throws `not_found`, `usage`, `malformed_json`, `malformed_input` */
export async function loadOperatorKey(path: string): Promise<OperatorIdentity> {
  const row = readObject(parseStrictJson(await readPrivateFile(path)), "", ["format", "name", "jwk"]);
  if (row.format !== FORMAT)
    throw new NarrowgateError("malformed_input", `${path} is not an operator's key file`);
  return identityOf(readString(row.name, "/name", { min: 1, max: 512 }), row.jwk, path);
}

/**
 * Makes an operator's key here: its private half never leaves this machine.
 * @throws `conflict` when there is a file of that name
 */
export async function createOperatorKey(path: string, name: string): Promise<OperatorIdentity> {
  const jwk: PrivateAgentJwk = await generatePrivateJwk();
  await writePrivateFile(path, `${JSON.stringify({ format: FORMAT, name, jwk })}\n`, { replace: false });
  return identityOf(name, jwk, path);
}
