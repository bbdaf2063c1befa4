import {
  type Ceiling,
  closeMandate,
  createTokenClient,
  openMandate,
  openSession,
  readCeiling,
  type TokenClient,
} from "@narrowgate/agent";
import type { MandateDocument } from "@narrowgate/contracts";
import { NarrowgateError, randomId } from "@narrowgate/kernel";
import type { Call, OptionSpec } from "../command.ts";
import { type AgentIdentity, loadAgentKey } from "../places/agent-key-file.ts";
import { agentDirectory } from "../places/directories.ts";
import { checkIssuer } from "./find-issuer.ts";
import { fetchFromIssuer } from "./reach-issuer.ts";
import { INTENT_OPTIONS, readIntent } from "./read-intent.ts";
import { SIGN_IN_OPTIONS, signInWork } from "./sign-in-work.ts";
import type { Work } from "./work.ts";

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
  ...INTENT_OPTIONS,
  { name: "key-dir", value: "DIR", help: "folder of agents' keys (default ~/.config/narrowgate/agents)" },
  ...SIGN_IN_OPTIONS,
];

async function openOwnMandate(
  client: TokenClient,
  { agent }: AgentIdentity,
  { tier, authority }: Ceiling,
  task: Pick<MandateDocument, "purpose" | "intent">,
): Promise<string> {
  if (tier === "T3")
    throw new NarrowgateError(
      "subject_unproven",
      `${agent} is of tier T3: it works only under a mandate that a person signed; name one with --mandate`,
    );
  const expires = Math.floor(Date.now() / 1000) + LIFE_SECONDS;
  const document = { salt: randomId(), agent, subject: `agent:${agent}`, ...task };
  return openMandate(client, { v: 1, ...document, authority, expires, idleSeconds: IDLE_SECONDS });
}

/** Checks a name before it becomes part of an address. @throws `usage` */
export function checkServerId(id: string): string {
  if (/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(id)) return id;
  throw new NarrowgateError("usage", "that is not the id of a server");
}

/**
 * Loads the agent's key and finds what it works under: the mandate that was named, or one opened here, which evidence
 * records as the agent's own word. With `--sign-in` it is what a person allows in her browser, under a key of this run.
 * @param wanted - ids of servers; empty for all in the agent's ceiling
 * @param stop - ends the wait for a person; absent: a signal to this process does
 * @throws `not_found` without a key; `usage` when the ceiling names no server; with the code of any refusal, that of the
 * mandate that was named among them: nothing is started under one that gives no tokens
 */
export async function openWork(call: Call, wanted: readonly string[], stop?: AbortSignal): Promise<Work> {
  if (call.flag("sign-in")) return signInWork(call, wanted, stop);
  const identity = await loadAgentKey(agentDirectory(call), call.text("agent") ?? "");
  await checkIssuer(call, identity);
  const { agent, issuer, key } = identity;
  const client = createTokenClient({ issuer, agent, key, fetch: fetchFromIssuer });
  const given = call.text("mandate");
  const ceiling = await readCeiling(client, wanted, given);
  const { servers } = ceiling;
  if (servers.length === 0) throw new NarrowgateError("usage", `the ceiling of ${agent} names no server`);
  const purpose = call.text("purpose") ?? `narrowgate ${agent}: ${servers.join(", ")}`;
  const intent = readIntent(call);
  if (given !== undefined && intent !== undefined)
    throw new NarrowgateError("usage", "the mandate that is named says itself what its task needs");
  const task = { purpose, ...(intent === undefined ? {} : { intent }) };
  const mandate = given ?? (await openOwnMandate(client, identity, ceiling, task));
  return {
    issuer,
    servers,
    session: openSession(client, mandate),
    end: async () => {
      if (given === undefined) await closeMandate(client, mandate);
    },
  };
}
