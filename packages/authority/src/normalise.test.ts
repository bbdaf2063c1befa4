import { describe, expect, it } from "vitest";
import { isEmpty } from "./normalise.ts";
import { parseAuthority } from "./parse-authority.ts";

describe("an authority", () => {
  const parts = {
    scope: ["a:read"],
    resource: ["https://gate.example/mcp/a"],
    authorization_details: [{ type: "mcp_tool", server: "a", tools: ["read"] }],
  };
  const nothing = { scope: [], resource: [], authorization_details: [] };

  it("is empty when no part of it holds anything, and only then", () => {
    expect(isEmpty(parseAuthority(nothing))).toBe(true);
    expect(isEmpty(parseAuthority(parts))).toBe(false);
    for (const part of ["scope", "resource", "authorization_details"] as const) {
      expect(isEmpty(parseAuthority({ ...nothing, [part]: parts[part] }))).toBe(false);
      expect(isEmpty(parseAuthority({ ...parts, [part]: [] }))).toBe(false);
    }
  });
});
