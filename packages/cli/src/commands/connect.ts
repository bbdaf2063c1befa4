import { checkServerId, openWork, WORK_OPTIONS } from "../agent/open-work.ts";
import type { Work } from "../agent/work.ts";
import { createMcpRelay } from "../bridge/mcp-relay.ts";
import { type MessageLines, readMessages } from "../bridge/message-lines.ts";
import type { Call, CommandSpec, Outcome } from "../command.ts";

/** Carries lines until the client closes its end or we are told to stop; then waits for what is under way. */
async function carry(work: Work, server: string, lines: MessageLines): Promise<void> {
  const url = `${work.issuer}/mcp/${server}`;
  const relay = createMcpRelay(url, work.session.fetchFor(url), (line) => {
    process.stdout.write(`${line}\n`);
  });
  const pending = new Set<Promise<void>>();
  try {
    await lines.takeAll((line) => {
      const sent = relay.send(line).finally(() => pending.delete(sent));
      pending.add(sent);
    });
    // A client may close its end as soon as it has written; answers under way still reach it, for a while.
    await Promise.race([Promise.all(pending), new Promise((done) => setTimeout(done, 5000).unref())]);
  } finally {
    await relay.close();
  }
}

async function run(call: Call): Promise<Outcome> {
  const server = checkServerId(call.argument(0));
  const lines = readMessages(process.stdin);
  try {
    const work = await openWork(call, [server], lines.closed);
    try {
      await carry(work, server, lines);
    } finally {
      await work.end();
    }
  } finally {
    lines.close();
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
    "here is the agent's own word, and is closed when the client closes its end: all tokens below it die. With --sign-in",
    "it is a person's: she allows it in her browser, and no key and no join code is needed before.",
  ],
  arguments: [{ name: "SERVER", help: "id of the MCP server behind the gate" }],
  options: WORK_OPTIONS,
  examples: [
    [
      '{"command": "narrowgate", "args": ["connect", "files", "--agent", "desk-triage"]}',
      "an entry of a client's mcpServers",
    ],
    ["narrowgate connect files --agent desk-triage --mandate ID", "work under a mandate a person gave"],
    [
      "narrowgate connect files --agent desk-triage --sign-in --url https://gate.example",
      "a person allows it in her browser",
    ],
  ],
  run,
};
