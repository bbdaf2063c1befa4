import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Composed, compose, operation } from "../../test/gateway/composed-gateway.ts";
import { modern, send } from "../../test/gateway/governed-fetch.ts";

const everything = createRequire(import.meta.url).resolve(
  "@modelcontextprotocol/server-everything/dist/index.js",
);

describe("a call through to a real stdio server", () => {
  let gate: Composed;
  beforeAll(async () => {
    gate = await compose({
      servers: [
        {
          id: "everything",
          upstream: { transport: "stdio", command: ["node", everything], isolation: "none" },
          tools: [operation("echo")],
        },
      ],
    });
    await gate.approve("everything");
  });
  afterAll(() => gate.close());

  it("is answered by the tool, with decision, dispatch and outcome on record", async () => {
    const token = gate.token("everything");
    const response = await send(gate, "everything", {
      token,
      ...modern("tools/call", { name: "echo", arguments: { message: "hello" } }),
    });
    expect(await response.json()).toMatchObject({
      result: { content: [{ type: "text", text: "Echo: hello" }] },
    });
    expect(gate.log.leaves.map((leaf) => leaf.draft.type)).toEqual(["decision", "dispatch", "outcome"]);
  });
});
