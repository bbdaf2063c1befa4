import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALL_BUT_IRREVERSIBLE, everythingRegistry, REFUSED_TOOLS } from "./harness/everything-registry.ts";
import { joinForeign, writeAgentKey } from "./harness/foreign-agent.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const { resolve } = createRequire(import.meta.url);
const inPackage = (name: string, path: string): string => join(resolve(`${name}/package.json`), "..", path);
const INSPECTOR = inPackage("@modelcontextprotocol/inspector", "clients/launcher/build/index.js");
const MCP_REMOTE = inPackage("mcp-remote", "dist/proxy.js");
const EARLY_CLIENT = fileURLToPath(new URL("harness/early-http-client.ts", import.meta.url));
const NODE = process.execPath;

let gate: TestInstance;
let keys: string;
const connectWords = (): readonly string[] => [NARROWGATE, "connect", "everything", ...who()];
const runWords = (...command: readonly string[]): readonly string[] => [
  NARROWGATE,
  "run",
  ...who(),
  "--server",
  "everything",
  "--",
  ...command,
];
const who = (): readonly string[] => ["--agent", "first", "--key-dir", keys];
const env = (): Record<string, string> => ({
  ...childEnvironment(gate.directory),
  MCP_INSPECTOR_SECRET_STORE: "memory",
});
/** The address stands in the environment of the program only, so a shell puts it in its arguments. */
const atAddress = (...command: readonly string[]): readonly string[] => [
  "sh",
  "-c",
  'exec "$@" "$NARROWGATE_MCP_URL_EVERYTHING"',
  "sh",
  ...command,
];

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(everythingRegistry(), ALL_BUT_IRREVERSIBLE);
  await gate.pin("everything");
  keys = await writeAgentKey(gate, await joinForeign(gate, "first"));
}, 60_000);

afterAll(() => gate.close());

const openMandates = (): number =>
  gate
    .instance()
    .mandates.list()
    .filter(({ state }) => state === "open").length;

async function useAll(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  const names = tools.map(({ name }) => name);
  expect(names).toContain("echo");
  for (const [hidden] of REFUSED_TOOLS.slice(0, 2)) expect(names).not.toContain(hidden);
  const answer = await client.callTool({ name: "echo", arguments: { message: "no key here" } });
  expect(answer).toMatchObject({ content: [{ type: "text", text: "Echo: no key here" }] });
  for (const [name, code] of REFUSED_TOOLS) {
    const refused = await client.callTool({ name, arguments: {} });
    expect(refused).toMatchObject({ isError: true, _meta: { code } });
  }
}

async function launch(command: readonly string[]): Promise<Client> {
  const client = new Client({ name: "early", version: "1.0.0" });
  const [program = "", ...args] = command;
  await client.connect(new StdioClientTransport({ command: program, args, env: env(), stderr: "pipe" }));
  return client;
}

describe("through narrowgate connect", () => {
  it("the v1 SDK client lists, calls, and reads refusals as tool errors; its end closes the mandate", async () => {
    const client = await launch([NODE, ...connectWords()]);
    await useAll(client);
    expect(openMandates()).toBe(1);
    await client.close();
    expect(openMandates()).toBe(0);
  });

  it("the MCP Inspector's command line lists and calls", async () => {
    const config = join(gate.directory, "inspector.json");
    const entry = { type: "stdio", command: NODE, args: connectWords(), env: env() };
    await writeFile(config, JSON.stringify({ mcpServers: { everything: entry } }));
    const inspect = (...words: readonly string[]) =>
      runChild([NODE, INSPECTOR, "--cli", "--config", config, "--server", "everything", ...words], {
        env: env(),
      });
    await checkInspector(inspect);
  });
});

async function checkInspector(
  inspect: (...words: readonly string[]) => ReturnType<typeof runChild>,
): Promise<void> {
  const call = ["--method", "tools/call", "--tool-name"];
  const [list, echo, refused, hidden] = await Promise.all([
    inspect("--method", "tools/list"),
    inspect(...call, "echo", "--tool-arg", "message=seen"),
    inspect(...call, "toggle-subscriber-updates"),
    inspect(...call, "get-env"),
  ]);
  expect(list).toMatchObject({ code: 0 });
  expect(list.stdout).toContain('"echo"');
  expect(list.stdout).not.toContain('"get-env"');
  expect(echo).toMatchObject({ code: 0 });
  expect(echo.stdout).toContain("Echo: seen");
  expect(JSON.parse(refused.stdout)).toMatchObject({ isError: true, _meta: { code: "policy_denied" } });
  // It asks for the list first, and does not call what it was not shown.
  expect(hidden.stdout + hidden.stderr).toContain("tool_not_found");
}

describe("through narrowgate run", () => {
  it("the v1 SDK client over HTTP lists, calls, and reads refusals as tool errors", async () => {
    const names = REFUSED_TOOLS.map(([name]) => name);
    const end = await runChild([NODE, ...runWords(NODE, EARLY_CLIENT, ...names)], { env: env() });
    expect(end).toMatchObject({ code: 0, stderr: expect.any(String) });
    const { tools, sum, answers } = JSON.parse(end.stdout);
    expect(tools).toContain("get-sum");
    expect(JSON.stringify(sum)).toContain("42");
    expect(answers.map((answer: object) => Object(Object(answer)._meta).code)).toEqual(
      REFUSED_TOOLS.map(([, code]) => code),
    );
    expect(openMandates()).toBe(0);
  });

  it("mcp-remote bridges a stdio client to the local address", async () => {
    const client = await launch([NODE, ...runWords(...atAddress(NODE, MCP_REMOTE))]);
    await useAll(client);
    await client.close();
  });

  it("the MCP Inspector's command line lists and calls", async () => {
    await checkInspector((...words) =>
      runChild(
        [
          NODE,
          ...runWords(
            ...atAddress(NODE, INSPECTOR, "--cli", "--transport", "http", ...words, "--server-url"),
          ),
        ],
        { env: env() },
      ),
    );
  });
});
