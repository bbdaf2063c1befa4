import { callTool, openSession } from "@narrowgate/agent";
import type { JsonObject } from "@narrowgate/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EVERYTHING_CHILD } from "./harness/everything-registry.ts";
import { registeredAgent } from "./harness/registered-agent.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const ALL = '@id("all") @reason("all") permit (principal, action, resource);';
const DETAIL = { type: "mcp_tool", server: "everything", tools: ["echo"], data_class: "internal" };

let gate: TestInstance;

function registry(): JsonObject {
  return {
    agents: [registeredAgent("caller", [DETAIL], { purpose: "test of caps" })],
    servers: [
      {
        id: "everything",
        upstream: EVERYTHING_CHILD,
        tools: [{ name: "echo", data_class: "internal", effect: "read", egress: false }],
      },
    ],
  };
}

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(registry());
  await gate.pin("everything");
  await gate.apply(registry(), ALL);
}, 60_000);

afterAll(() => gate.close());

it("lets as many calls through as the cap of the token says, and refuses the next, also after a restart", async () => {
  const client = await gate.join("caller");
  const url = `${gate.issuer}/mcp/everything`;
  const session = openSession(client).narrow({ details: [{ ...DETAIL, caps: { calls: 2 } }] });
  const call = () => callTool(session, url, "echo", { message: "hello" });
  await expect(call()).resolves.toMatchObject({ text: expect.stringContaining("hello") });
  await call();
  await expect(call()).rejects.toMatchObject({ code: "cap_spent" });
  await gate.restart();
  await expect(call()).rejects.toMatchObject({ code: "cap_spent" });
});
