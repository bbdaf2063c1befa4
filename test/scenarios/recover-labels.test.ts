import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type AgentSession, callTool, openMandate, openSession } from "@narrowgate/agent";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, expect, it } from "vitest";
import { recoverInstance } from "../../packages/server/src/compose/recover-instance.ts";
import { EVERYTHING_CHILD, PERMIT_ALL } from "./harness/everything-registry.ts";
import { registeredAgent } from "./harness/registered-agent.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";
import { failedRules, verifiedExport } from "./harness/verified-export.ts";

const POLICIES = `${PERMIT_ALL}
@id("no-egress") @reason("nothing leaves after content of strangers")
forbid (principal, action == Action::"call_tool", resource) when { resource.egress && context.labels.untrusted };
`;

function registry(purpose: string): JsonObject {
  const own = { data_class: "internal", untrusted: false };
  const detail = { type: "mcp_tool", server: "notes", tools: ["echo", "get-sum"] };
  return {
    agents: [registeredAgent("reader", [detail], { purpose })],
    servers: [
      {
        id: "notes",
        upstream: EVERYTHING_CHILD,
        tools: [
          { name: "get-sum", ...own, effect: "read", egress: false },
          { name: "echo", ...own, effect: "read", egress: true },
        ],
        store: { data_class: "internal", untrusted: false },
      },
    ],
  };
}

let gate: TestInstance;
beforeEach(async () => {
  gate = await startInstance();
  await gate.apply(registry("before"));
  await gate.pin("notes");
  await gate.apply(registry("before"), POLICIES);
}, 60_000);
afterEach(() => gate.close());

async function work(): Promise<AgentSession> {
  const client = await gate.join("reader");
  const document = {
    v: 1,
    salt: randomId(),
    agent: "reader",
    subject: "agent:reader",
    purpose: "test of labels after recovery",
    authority: gate.instance().registry.agent("reader")?.ceiling ?? {},
    expires: Math.floor(Date.now() / 1000) + 600,
    idleSeconds: 300,
  } as const;
  return openSession(client, await openMandate(client, document));
}

const address = (): string => `${gate.issuer}/mcp/notes`;
const readAndSend = async (session: AgentSession): Promise<void> => {
  await callTool(session, address(), "get-sum", { a: 1, b: 2 });
  await callTool(session, address(), "echo", { message: "what was read" });
};

function storePath(): string {
  const { store } = gate.config;
  return store.kind === "sqlite" ? store.path : "";
}

async function rollBack(): Promise<void> {
  await gate.stop();
  const copy = join(gate.directory, "copy.db");
  await copyFile(storePath(), copy);
  await gate.start();
  await gate.apply(registry("lost"));
  await gate.stop();
  await rm(`${storePath()}-wal`, { force: true });
  await copyFile(copy, storePath());
}

it("after recovery every store holds content of strangers, whatever it is declared, and offline the same is found", async () => {
  await readAndSend(await work());
  await rollBack();
  await recoverInstance(gate.config, () => undefined);
  await gate.start();
  for (const again of [false, true]) {
    if (again) await gate.apply(registry("again"));
    const session = await work();
    await expect(readAndSend(session)).rejects.toMatchObject({ code: "policy_denied" });
    const token = await session.token(address());
    const { txn } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    expect(failedRules(await verifiedExport(gate, txn))).toEqual([]);
  }
});
