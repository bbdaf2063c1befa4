import { describe, expect, test } from "vitest";
import { formatServerLine } from "./server-line.ts";

describe("a line of the server's log", () => {
  test("is shown as time, kind and what happened", () => {
    const line = '{"at":"2026-11-22T04:05:06.789Z","kind":"unsafe","detail":"witnesses: none: nobody sees"}';
    expect(formatServerLine(line)).toBe("04:05:06 unsafe: witnesses: none: nobody sees");
  });

  test("of another form stays, without what moves a cursor", () => {
    expect(formatServerLine("a\u001b[2Jwarning")).toBe("a?[2Jwarning");
    expect(formatServerLine('{"at":')).toBe('{"at":');
  });
});
