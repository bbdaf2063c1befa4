import { createInterface } from "node:readline";
import { NarrowgateError } from "@narrowgate/kernel";
import { checkServerId, openWork, WORK_OPTIONS, type Work } from "../agent/open-work.ts";
import { createMcpRelay } from "../bridge/mcp-relay.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";

const MAX_LINE = 8 * 1024 * 1024;

/** Carries lines until the client closes its end or we are told to stop; then waits for what is under way. */
async function carry(work: Work, server: string): Promise<void> {
  const url = `${work.issuer}/mcp/${server}`;
  const relay = createMcpRelay(url, work.session.fetchFor(url), (line) => {
    process.stdout.write(`${line}\n`);
  });
  const pending = new Set<Promise<void>>();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("line", (line) => {
    if (line.length > MAX_LINE) reject(new NarrowgateError("request_too_large", "a message is too large"));
    if (line.trim() === "") return;
    const sent = relay.send(line).finally(() => pending.delete(sent));
    pending.add(sent);
  });
  lines.once("close", resolve);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  try {
    await ended;
    // A client may close its end as soon as it has written; answers under way still reach it, for a while.
    await Promise.race([Promise.all(pending), new Promise((done) => setTimeout(done, 5000).unref())]);
  } finally {
    lines.close();
    await relay.close();
  }
}

async function run(call: Call): Promise<Outcome> {
  const server = checkServerId(call.argument(0));
  const work = await openWork(call, [server]);
  try {
    await carry(work, server);
  } finally {
    await work.end();
    // Whoever launched us may keep our input open.
    process.stdin.destroy();
  }
  return {};
}

/** `narrowgate connect` */
export const connect: CommandSpec = {
  path: ["connect"],
  summary: "be a stdio MCP server that any client can launch, and carry its messages through the gate",
  details: [
    "The client needs no key and no token: this process holds the key and proves it on each request. A mandate opened",
    "here is the agent's own word, and is closed when the client closes its end: all tokens below it die.",
  ],
  arguments: [{ name: "SERVER", help: "id of the MCP server behind the gate" }],
  options: WORK_OPTIONS,
  examples: [
    [
      '{"command": "narrowgate", "args": ["connect", "files", "--agent", "desk-triage"]}',
      "an entry of a client's mcpServers",
    ],
    ["narrowgate connect files --agent desk-triage --mandate ID", "work under a mandate a person gave"],
  ],
  run,
};
