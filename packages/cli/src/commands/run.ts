import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NarrowgateError } from "@narrowgate/kernel";
import { checkServerId, openWork, WORK_OPTIONS } from "../agent/open-work.ts";
import { type LocalEndpoint, openLocalEndpoint } from "../bridge/local-endpoint.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { runChild } from "../instance/run-child.ts";

/** `files-eu` becomes `FILES_EU`. */
function variableOf(server: string): string {
  return `NARROWGATE_MCP_URL_${server.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

/** What the child may not inherit: ways to our keys. */
const WITHHELD = [
  "NARROWGATE_OPERATOR_KEY",
  "NARROWGATE_OPERATOR_DIR",
  "NARROWGATE_AGENT_DIR",
  "NARROWGATE_ADMIN_SOCKET",
  "NARROWGATE_DATA",
];

function childEnvironment(
  env: NodeJS.ProcessEnv,
  endpoint: LocalEndpoint,
  run: { readonly servers: readonly string[]; readonly config: string; readonly socket?: string },
): NodeJS.ProcessEnv {
  const { servers, config, socket } = run;
  const kept = Object.entries(env).filter(([name]) => !WITHHELD.includes(name));
  const urls = servers.map((server) => [variableOf(server), endpoint.url(server)] as const);
  const more = socket === undefined ? {} : { NARROWGATE_MCP_SOCKET: socket };
  return { ...Object.fromEntries([...kept, ...urls]), ...more, NARROWGATE_MCP_CONFIG: config };
}

async function writeConfig(
  folder: string,
  endpoint: LocalEndpoint,
  servers: readonly string[],
): Promise<string> {
  const entries = servers.map((server) => [server, { type: "http", url: endpoint.url(server) }] as const);
  const file = join(folder, "mcp.json");
  const config = { mcpServers: Object.fromEntries(entries) };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  return file;
}

async function run(call: Call): Promise<Outcome> {
  if (call.rest().length === 0)
    throw new NarrowgateError("usage", "say what to run, after --: narrowgate run --agent A -- CMD");
  const work = await openWork(call, call.list("server").map(checkServerId));
  const { servers } = work;
  const folder = await mkdtemp(join(tmpdir(), "narrowgate-run-"));
  try {
    const socket = call.flag("socket") ? join(folder, "mcp.sock") : undefined;
    const endpoint = await openLocalEndpoint({
      issuer: work.issuer,
      session: work.session,
      servers,
      place: socket === undefined ? { kind: "tcp" } : { kind: "socket", path: socket },
    });
    try {
      const config = await writeConfig(folder, endpoint, servers);
      const env = childEnvironment(call.env, endpoint, {
        servers,
        config,
        ...(socket === undefined ? {} : { socket }),
      });
      return { exit: await runChild(call.rest(), { env, cwd: call.directory }) };
    } finally {
      await endpoint.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
    await work.end();
  }
}

/** `narrowgate run` */
export const runCommand: CommandSpec = {
  path: ["run"],
  summary: "run a program with local MCP addresses and no key; its exit closes the mandate",
  details: [
    "The program gets NARROWGATE_MCP_URL_<SERVER> for each server, and NARROWGATE_MCP_CONFIG, a file with the same in the",
    "mcpServers form. The addresses are good for this run only, on this machine only, and hold an unguessable part.",
  ],
  arguments: [{ name: "CMD", help: "the program and its arguments, after --", rest: true }],
  options: [
    ...WORK_OPTIONS,
    {
      name: "server",
      value: "ID",
      repeats: true,
      help: "server the program may reach; without it all in the agent's ceiling",
    },
    { name: "socket", help: "listen on a Unix socket of mode 0600 (NARROWGATE_MCP_SOCKET) and not on TCP" },
  ],
  examples: [
    [
      "narrowgate run --agent desk-triage -- python agent.py",
      "all servers of the agent; exit code of the program",
    ],
    ["narrowgate run --agent desk-triage --server files -- python agent.py", "one server alone"],
  ],
  run,
};
