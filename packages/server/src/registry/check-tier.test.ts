import type { AgentSpec, ServerSpec, ToolSpec } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { checkTier } from "./check-tier.ts";
import { Problems } from "./problems.ts";

const operation = (name: string, effect: ToolSpec["effect"]): ToolSpec => ({
  name,
  dataClass: "internal",
  effect,
  egress: false,
  scope: "files:use",
});

const FILES: ServerSpec = {
  id: "files",
  upstream: { transport: "http", url: "http://127.0.0.1:9/mcp", auth: "none" },
  tools: [operation("read", "read"), operation("write", "write"), operation("drop", "irreversible")],
  prompts: [operation("sum", "read"), operation("plan", "write")],
  resources: [operation("file:///in/", "read"), operation("file:///out/", "write")],
  allowUpstreamRequests: [],
};

function faults(tier: AgentSpec["tier"], ...details: JsonObject[]): readonly string[] {
  const problems = new Problems();
  const agent: AgentSpec = {
    id: "pilot",
    owner: "ada",
    deputy: "eve",
    purpose: "look",
    tier,
    expires: 4_000_000_000,
    delegates: [],
    bindings: [],
    ceiling: { authorization_details: details },
  };
  const reach = {
    baseUrl: "https://gate.example",
    server: (id: string) => (id === "files" ? FILES : undefined),
    serverIds: () => ["files"],
  };
  checkTier(agent, "/agents/0/ceiling", reach, problems);
  return problems.list.map(({ path, code }) => `${code} ${path}`);
}

const tool = (...tools: string[]) => ({ type: "mcp_tool", server: "files", tools });
const at = (rest: string) => `tier_exceeded /agents/0/ceiling/authorization_details/${rest}`;

describe("the ceiling of an agent of tier T1", () => {
  test("names what reads", () => {
    const uris = { type: "mcp_resource", server: "files", uris: { prefix: "file:///in/a" } };
    const prompts = { type: "mcp_prompt", server: "files", prompts: ["sum"] };
    expect(faults("T1", tool("read"), prompts, uris)).toEqual([]);
  });

  test("and nothing else, and the problem says where", () => {
    const details = [
      tool("read", "write", "drop"),
      { type: "mcp_prompt", server: "files", prompts: ["plan"] },
      { type: "mcp_resource", server: "files", uris: { prefix: "file:///" } },
      { type: "mcp_resource", server: "files", uris: ["file:///out/a"] },
    ];
    expect(faults("T1", ...details)).toEqual([
      at("0/tools/1"),
      at("0/tools/2"),
      at("1/prompts/0"),
      at("2/uris"),
      at("3/uris"),
    ]);
  });

  test("is no other tier's, and what is not registered is another's complaint", () => {
    expect(faults("T2", tool("write"))).toEqual([]);
    expect(faults("T3", tool("drop"))).toEqual([]);
    expect(faults("T1", tool("gone"), { ...tool("write"), server: "other" })).toEqual([]);
  });
});
