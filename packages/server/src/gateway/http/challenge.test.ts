import type { ServerRecord, ToolRecord } from "@narrowgate/contracts";
import { describe, expect, it } from "vitest";
import { basicScopes, neededScopes } from "./challenge.ts";

const record = (name: string, effect: ToolRecord["effect"], scope: string): ToolRecord => ({
  name,
  effect,
  scope,
  dataClass: "internal",
  egress: false,
});

const server: ServerRecord = {
  id: "desk",
  ref: "A".repeat(22),
  entry: "A".repeat(22),
  version: 1,
  state: "active",
  upstream: { transport: "http", url: "http://127.0.0.1/mcp", auth: "none" },
  tools: [
    record("look", "read", "desk:read"),
    record("refund", "irreversible", "desk:refund desk:audit"),
    record("note", "write", "desk:write"),
  ],
  prompts: [record("greet", "read", "desk:prompt")],
  resources: [record("desk://case/", "read", "desk:case")],
  allowUpstreamRequests: [],
};

describe("the scopes of a challenge", () => {
  it.each([
    ["tools/call", "look", "desk:read"],
    ["tools/call", "refund", "desk:audit desk:refund"],
    ["prompts/get", "greet", "desk:prompt"],
    ["resources/read", "desk://case/7", "desk:case"],
  ])("are what %s of %s needs, and no more", (method, name, scopes) => {
    expect(neededScopes(server, { method, name }).join(" ")).toBe(scopes);
  });

  it.each([
    ["initialize", undefined],
    ["tools/list", undefined],
    ["tools/call", "absent"],
    ["tools/call", undefined],
    [undefined, undefined],
  ])("are those of what only reads for %s of %s", (method, name) => {
    const asked = { ...(method === undefined ? {} : { method }), ...(name === undefined ? {} : { name }) };
    expect(neededScopes(server, asked)).toEqual(["desk:case", "desk:prompt", "desk:read"]);
  });

  it("are all where nothing only reads", () => {
    const writing = { ...server, tools: [record("note", "write", "desk:write")], prompts: [], resources: [] };
    expect(basicScopes(writing)).toEqual(["desk:write"]);
  });
});
