import { describe, expect, it } from "vitest";
import { isPlain } from "./plain-string.ts";

describe("isPlain", () => {
  it.each([
    ["", "nothing"],
    ["/tickets/1.md", "a path"],
    ["tickets/", "a folder"],
    ["/.hidden/..more/a..b/...", "dots that are no segment"],
    ["file:///tickets/1", "a URI with an empty host"],
    ["https://gate.example/a", "a URI"],
    ["/100%", "a bare percent sign"],
    ["/caf\u00e9/\u{1f600}", "other scripts"],
  ])("accepts %j: %s", (text) => expect(isPlain(text)).toBe(true));

  it.each([
    ["/a/../b", "a dot-dot segment"],
    ["/a/./b", "a dot segment"],
    ["..", "only dots"],
    ["../b", "leading dots"],
    ["/a/..", "trailing dots"],
    ["/a/.", "a trailing dot"],
    ["/a//b", "an empty segment"],
    ["//a", "a leading empty segment"],
    ["a//", "a trailing empty segment"],
    ["https://gate.example//a", "an empty segment later in a URI"],
    ["file:////a", "one slash too many"],
    ["/x/file:///a", "a scheme that does not lead"],
    ["1a://b", "no scheme"],
    ["/%2e%2e/a", "encoded dots"],
    ["/%2E./a", "encoded dots in capitals"],
    ["/a%2Fb", "an encoded slash"],
    ["/a%5cb", "an encoded backslash"],
    ["/a%00", "an encoded NUL"],
    ["/%252e", "an escape escaped"],
    ["\\a", "a backslash"],
    ["/a\u0000", "NUL"],
    ["/a\u001f", "a control character"],
    ["/a\u007f", "delete"],
    ["/a\u200bb", "a zero-width space"],
    ["/a\u200fb", "a direction mark"],
    ["/a\u202ab", "an embedding"],
    ["/a\u202eb", "an override"],
    ["/a\u2060b", "a word joiner"],
    ["/a\u2064b", "an invisible plus"],
    ["\ufeff/a", "a byte order mark"],
    ["/a\ud800", "a lone surrogate"],
  ])("refuses %j: %s", (text) => expect(isPlain(text)).toBe(false));
});
