import { narrower, parseAuthority } from "@narrowgate/authority";
import type { ServerSpec, ToolSpec } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandCeiling, type Reach } from "./expand-ceiling.ts";
import { Problems } from "./problems.ts";

const operation = (name: string, scope: string): ToolSpec => ({
  name,
  scope,
  dataClass: "internal",
  effect: "read",
  egress: false,
});

const files: ServerSpec = {
  id: "files",
  upstream: { transport: "http", url: "http://127.0.0.1:9/mcp", auth: "none" },
  tools: [operation("read", "files:read"), operation("write", "files:write")],
  prompts: [operation("summary", "files:prompt")],
  resources: [operation("file:///a/", "files:a"), operation("file:///b/", "files:b")],
  allowUpstreamRequests: [],
};

const reach: Reach = {
  baseUrl: "https://gate.example",
  server: (id) => (id === "files" ? files : undefined),
  serverIds: () => ["files"],
};

function expand(ceiling: JsonObject): {
  readonly full: JsonObject | undefined;
  readonly problems: readonly string[];
} {
  const problems = new Problems();
  const full = expandCeiling(ceiling, "/ceiling", reach, problems);
  return { full, problems: problems.list.map(({ path, code }) => `${path} ${code}`) };
}

const details = (...list: readonly JsonObject[]): JsonObject => ({ authorization_details: list });

describe("what the file leaves out", () => {
  test.each<[string, JsonObject, readonly string[]]>([
    ["a tool", { type: "mcp_tool", tools: ["write"] }, ["files:write"]],
    ["a prompt", { type: "mcp_prompt", prompts: ["summary"] }, ["files:prompt"]],
    ["a resource in one family", { type: "mcp_resource", uris: { equals: "file:///a/x" } }, ["files:a"]],
    [
      "resources in two",
      { type: "mcp_resource", uris: { one_of: ["file:///a/x", "file:///b/y"] } },
      ["files:a", "files:b"],
    ],
    ["all of a family", { type: "mcp_resource", uris: { prefix: "file:///b/" } }, ["files:b"]],
  ])("is filled in for %s", (_, detail, scope) => {
    const { full, problems } = expand(details({ ...detail, server: "files" }));
    expect(problems).toEqual([]);
    expect(full).toMatchObject({ scope, resource: ["https://gate.example/mcp/files"] });
  });

  test("is not added to what the file says", () => {
    const tool = { type: "mcp_tool", server: "files", tools: ["read", "write"] };
    const { full } = expand({ ...details(tool), scope: ["files:read"], resource: [] });
    expect(full).toMatchObject({ scope: ["files:read"], resource: [] });
  });

  test("leaves resources of others alone", () => {
    const tool = { type: "mcp_tool", server: "files", tools: ["read"] };
    const resource = ["https://desk.example/api", "https://gate.example/mcp/files"];
    expect(expand({ ...details(tool), resource })).toMatchObject({ full: { resource }, problems: [] });
  });

  test("makes an authority that is its own expansion, and not wider than the details", () => {
    const tools = fc.subarray(["read", "write"], { minLength: 1 });
    const detail = fc.record({
      type: fc.constant("mcp_tool"),
      server: fc.constant("files"),
      tools,
      depth: fc.nat(16),
      data_class: fc.constantFrom("public", "internal", "restricted"),
    });
    fc.assert(
      fc.property(fc.array(detail, { maxLength: 4 }), (list) => {
        const { full = {} } = expand(details(...list));
        expect(expand(full).full).toEqual(full);
        const widest = { ...full, authorization_details: list };
        expect(narrower(parseAuthority(widest), parseAuthority(full)).kind).toBe("narrower");
      }),
    );
  });
});

describe("a problem names its place", () => {
  const tool = { type: "mcp_tool", server: "files", tools: ["read"] };
  test.each<[string, JsonObject, readonly string[]]>([
    ["no details", {}, ["/ceiling/authorization_details malformed_authority"]],
    ["an unknown member", { ...details(tool), note: "x" }, ["/ceiling/note malformed_authority"]],
    [
      "an unknown type",
      details({ type: "shell" }),
      ["/ceiling/authorization_details/0/type malformed_authority"],
    ],
    [
      "an unknown prompt",
      details({ type: "mcp_prompt", server: "files", prompts: ["read"] }),
      ["/ceiling/authorization_details/0/prompts/0 malformed_input"],
    ],
    [
      "a gate address of no server",
      { ...details(tool), resource: ["https://gate.example/mcp/mail"] },
      ["/ceiling/resource malformed_input"],
    ],
    ["a scope that is none", { ...details(tool), scope: ["a b"] }, ["/ceiling/scope/0 malformed_authority"]],
    [
      "two things at once",
      details({ ...tool, tools: ["x", "read", "y"] }),
      [
        "/ceiling/authorization_details/0/tools/0 malformed_input",
        "/ceiling/authorization_details/0/tools/2 malformed_input",
      ],
    ],
  ])("%s", (_, ceiling, expected) => {
    expect(expand(ceiling).problems).toEqual(expected);
  });
});
