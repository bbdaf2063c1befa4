import {
  type AgentSession,
  closeMandate,
  createTokenClient,
  openMandate,
  openSession,
  type TokenClient,
} from "@narrowgate/agent";
import { NarrowgateError, randomId } from "@narrowgate/kernel";
import type { Call, OptionSpec } from "../command.ts";
import { type AgentIdentity, loadAgentKey } from "../places/agent-key-file.ts";
import { agentDirectory } from "../places/directories.ts";
import { learnAuthority } from "./learn-authority.ts";
import { fetchFromIssuer } from "./reach-issuer.ts";

const LIFE_SECONDS = 8 * 3600;
const IDLE_SECONDS = 3600;

/** Options of commands that hold a key on behalf of a client. */
export const WORK_OPTIONS: readonly OptionSpec[] = [
  { name: "agent", value: "ID", required: true, help: "agent whose key is used" },
  {
    name: "mandate",
    value: "ID",
    help: "open mandate to work under; without it one is opened, and closed at the end",
  },
  { name: "purpose", value: "TEXT", help: "what a mandate opened here is for" },
  { name: "key-dir", value: "DIR", help: "folder of agents' keys (default ~/.config/narrowgate/agents)" },
];

/** One agent's work under one mandate. */
export interface Work {
  readonly issuer: string;
  readonly session: AgentSession;
  /** Ends the mandate if it was opened here: all tokens below are dead when this returns. */
  end(): Promise<void>;
}

async function openOwnMandate(
  client: TokenClient,
  { agent, issuer }: AgentIdentity,
  task: { readonly servers: readonly string[]; readonly purpose: string },
): Promise<string> {
  const authority = await learnAuthority(
    client,
    task.servers.map((server) => `${issuer}/mcp/${server}`),
  );
  const expires = Math.floor(Date.now() / 1000) + LIFE_SECONDS;
  const document = { salt: randomId(), agent, subject: `agent:${agent}`, purpose: task.purpose };
  return openMandate(client, { v: 1, ...document, authority, expires, idleSeconds: IDLE_SECONDS });
}

/** Checks a name before it becomes part of an address. @throws `usage` */
export function checkServerId(id: string): string {
  if (/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(id)) return id;
  throw new NarrowgateError("usage", "that is not the id of a server");
}

/**
 * Loads the agent's key and finds what it works under: the mandate that was named, or one opened here, which evidence
 * records as the agent's own word.
 * @throws `not_found` without a key; with the code of any refusal
 */
export async function openWork(call: Call, servers: readonly string[]): Promise<Work> {
  const identity = await loadAgentKey(agentDirectory(call), call.text("agent") ?? "");
  const { agent, issuer, key } = identity;
  const client = createTokenClient({ issuer, agent, key, fetch: fetchFromIssuer });
  const given = call.text("mandate");
  const purpose = call.text("purpose") ?? `narrowgate ${call.text("agent") ?? ""}: ${servers.join(", ")}`;
  const mandate = given ?? (await openOwnMandate(client, identity, { servers, purpose }));
  return {
    issuer,
    session: openSession(client, mandate),
    end: async () => {
      if (given === undefined) await closeMandate(client, mandate);
    },
  };
}
