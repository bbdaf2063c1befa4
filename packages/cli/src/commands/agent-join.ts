import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { enrol, generatePrivateJwk, importAgentKey } from "@narrowgate/agent";
import { NarrowgateError } from "@narrowgate/kernel";
import { findIssuer, ISSUER_OPTIONS } from "../agent/find-issuer.ts";
import { fetchFromIssuer } from "../agent/reach-issuer.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { agentKeyPath, formatAgentKey, loadAgentKey } from "../places/agent-key-file.ts";
import { agentDirectory } from "../places/directories.ts";
import { writePrivateFile } from "../places/private-file.ts";
import { withProgress } from "../terminal/progress.ts";
import { askCode, CODE_OPTIONS } from "./ask-code.ts";

/** One file an agent: one of the same name at another instance needs a folder of its own. */
async function refuseSecondKey(directory: string, agent: string): Promise<never> {
  const { issuer } = await loadAgentKey(directory, agent);
  throw new NarrowgateError(
    "conflict",
    `${agent} has a key for ${issuer} in ${agentKeyPath(directory, agent)} already; --replace makes a new one, and that one is gone; --key-dir (or NARROWGATE_AGENT_DIR) keeps another beside it`,
  );
}

async function run(call: Call): Promise<Outcome> {
  const agent = call.argument(0);
  const directory = agentDirectory(call);
  const path = agentKeyPath(directory, agent);
  if (existsSync(path) && !call.flag("replace")) await refuseSecondKey(directory, agent);
  const issuer = await findIssuer(call);
  const code = await askCode(call, `Join code for ${agent}: `);
  const jwk = await generatePrivateJwk();
  const key = await importAgentKey(jwk);
  const draft = `${path}.joining`;
  // ORDER: on disk before it is enrolled, and under its name after: a crash loses the code, never an enrolled key.
  await writePrivateFile(draft, formatAgentKey(agent, issuer, jwk), { replace: true });
  try {
    const joining = enrol({ issuer, agent, code, key, isSameUserKey: true, fetch: fetchFromIssuer });
    await withProgress(call.terminal, "joining", joining);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await rename(draft, path);
  return {
    json: { agent, issuer, jkt: key.jkt, key_file: path },
    lines: [`${agent} has joined ${issuer}; its key is in ${path}`],
  };
}

/** `narrowgate agent join` */
export const agentJoin: CommandSpec = {
  path: ["agent", "join"],
  summary: "make a key here and bind it to an agent, with a one-time join code",
  details: [
    "The code is asked for, or read from standard input or a file; it travels in the body of one request.",
    "There is one key file an agent in a folder, and it says where it is enrolled: who works with two instances that have",
    "an agent of the same name gives each a folder, with --key-dir or NARROWGATE_AGENT_DIR.",
  ],
  arguments: [{ name: "ID", help: "id of the agent" }],
  options: [
    ...CODE_OPTIONS,
    ...ISSUER_OPTIONS,
    { name: "key-dir", value: "DIR", help: "folder of agents' keys (default ~/.config/narrowgate/agents)" },
    { name: "replace", help: "make a new key although there is one" },
  ],
  examples: [
    ["narrowgate agent join desk-triage --url https://gate.example", "asks for the code"],
    [
      "narrowgate agent join-code desk-triage --plain | narrowgate agent join desk-triage",
      "operator and agent on one machine: the code never stands in a process list",
    ],
  ],
  run,
};
