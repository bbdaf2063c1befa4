import { join } from "node:path";
import { type AgentKey, importAgentKey, type PrivateAgentJwk } from "@narrowgate/agent";
import { NarrowgateError, parseStrictJson, readObject, readString } from "@narrowgate/kernel";
import { readPrivateFile } from "./private-file.ts";

const FORMAT = "narrowgate-agent-key/1";
const AGENT_ID = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/;

/** The key of one instance of an agent, and where it is enrolled. */
export interface AgentIdentity {
  readonly agent: string;
  readonly issuer: string;
  readonly key: AgentKey;
}

/** Checks that a name is an agent id, so that it can be part of a path. @throws `usage` */
export function checkAgentId(id: string): string {
  if (!AGENT_ID.test(id)) throw new NarrowgateError("usage", "that is not the id of an agent");
  return id;
}

/** Where the key of an agent is kept. */
export function agentKeyPath(directory: string, agent: string): string {
  return join(directory, `${checkAgentId(agent)}.json`);
}

/** The text of a key file. Holds the private key. */
export function formatAgentKey(agent: string, issuer: string, jwk: PrivateAgentJwk): string {
  return `${JSON.stringify({ format: FORMAT, agent, issuer, jwk })}\n`;
}

/** Reads a key file. @throws `not_found` with what to do, `usage`, `malformed_json`, `malformed_input` */
export async function loadAgentKey(directory: string, agent: string): Promise<AgentIdentity> {
  const path = agentKeyPath(directory, agent);
  const bytes = await readPrivateFile(path).catch((error: unknown) => {
    if (error instanceof NarrowgateError && error.code === "not_found")
      throw new NarrowgateError(
        "not_found",
        `there is no key for ${agent} here; ask an operator for a join code, then: narrowgate agent join ${agent}`,
        { cause: error },
      );
    throw error;
  });
  const row = readObject(parseStrictJson(bytes), "", ["format", "agent", "issuer", "jwk"]);
  if (row.format !== FORMAT)
    throw new NarrowgateError("malformed_input", `${path} is not a key file of ours`);
  if (row.agent !== agent)
    throw new NarrowgateError("malformed_input", `${path} is the key of another agent`);
  const issuer = readString(row.issuer, "/issuer", { min: 1, max: 2048, pattern: /^https?:\/\/\S+$/ });
  return { agent, issuer, key: await importAgentKey(row.jwk) };
}
