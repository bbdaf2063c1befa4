import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grantWords } from "./grant-words.ts";

describe("an authorization detail in words", () => {
  test("names server, tools and every limit", () => {
    const words = grantWords({
      type: "mcp_tool",
      server: "files",
      tools: ["list_directory", "read_text_file"],
      constraints: {
        "/path": { prefix: "/tickets/" },
        "/head": { max: 200, min: 1 },
        "/mode": { one_of: ["a", 2] },
      },
      data_class: "internal",
      caps: { calls: 20 },
      depth: 0,
    });
    expect(words).toBe(
      "files: list_directory, read_text_file; /path begins with “/tickets/”; /head at most 200 and at least 1; " +
        "/mode is “a” or 2; data up to internal; at most 20 calls; no further hand-off",
    );
  });

  test("names resources and prompts", () => {
    const uris = { type: "mcp_resource", server: "files", uris: { prefix: "file:///tickets/" } };
    expect(grantWords(uris)).toBe("files: what begins with “file:///tickets/”");
    expect(grantWords({ type: "mcp_prompt", server: "desk", prompts: ["greet"] })).toBe("desk: greet");
  });

  test("never fails, whatever its shape", () => {
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));
    const names = ["server", "tools", "prompts", "uris", "constraints", "data_class", "caps", "depth"];
    const details = fc.dictionary(fc.constantFrom(...names, "__proto__", "toString"), json);
    fc.assert(fc.property(details, (detail) => typeof grantWords(detail) === "string"));
  });
});
