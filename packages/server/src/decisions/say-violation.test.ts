import { type Call, covers, parseAuthority } from "@narrowgate/authority";
import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { sayViolation } from "./say-violation.ts";

const authority = (...details: readonly JsonObject[]): JsonObject => ({
  scope: ["files:read"],
  resource: ["https://gate.example/mcp/files"],
  authorization_details: details,
});
const detail = (more: JsonObject): JsonObject => ({
  type: "mcp_tool",
  server: "files",
  tools: ["read"],
  ...more,
});
const mandate = authority(detail({ constraints: { "/path": { prefix: "tickets/" } } }));

function said(token: JsonObject, call: Partial<Call>): string {
  const whole: Call = { kind: "tool", server: "files", name: "read", dataClass: "internal", ...call };
  const coverage = covers(parseAuthority(token), whole);
  return coverage.kind === "covered" ? "covered" : sayViolation(coverage.violation, whole, mandate);
}

describe("what a refused call is told", () => {
  test("names the argument and what is allowed, and never quotes the argument", () => {
    const text = said(mandate, { arguments: { path: "s3cret" } });
    expect(text).toContain('/arguments/path has to be {"prefix":"tickets/"}');
    expect(text).toContain("the mandate does not allow it either");
    expect(text).not.toContain("s3cret");
  });

  test("tells a narrowed token from a narrow mandate", () => {
    const token = authority(detail({ constraints: { "/path": { equals: "tickets/1" } } }));
    const text = said(token, { arguments: { path: "tickets/2" } });
    expect(text).toContain('"tickets/1"');
    expect(text).toContain("a hop below it narrowed the token");
  });

  test.each<[string, Partial<Call>, string]>([
    ["another tool", { name: "write" }, '"write" was called, and ["read"] is allowed'],
    ["another server", { server: "mail" }, 'server "mail" was called, and "files" is allowed'],
    ["another kind", { kind: "prompt" }, "no detail of it is for a prompt at all"],
  ])("names %s", (_, call, text) => {
    expect(said(mandate, call)).toContain(text);
  });

  test("names a class that is too high", () => {
    const token = authority(detail({ data_class: "internal" }));
    expect(said(token, { dataClass: "confidential" })).toContain(
      'is of class "confidential", and "internal" is allowed',
    );
  });

  test("stays on one line and bounded, whatever the token holds", () => {
    const values = Array.from({ length: 64 }, (_, i) => `a\u202e\n${i}-${"x".repeat(60)}`);
    const text = said(authority(detail({ constraints: { "/path": { one_of: values } } })), { arguments: {} });
    expect(text.length).toBeLessThan(500);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
