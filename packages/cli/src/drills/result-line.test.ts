import { describe, expect, test } from "vitest";
import { resultLine, verdictWords } from "./result-line.ts";

const result = {
  drill: "DR-02",
  verdict: "not_established",
  trials: 0,
  failures: 0,
  bound: "1.0e+0",
  started: 1000,
  ended: 1100,
};
const plain = { paint: (_: string, text: string): string => text };

describe("a result of a drill, for a person", () => {
  test("has no code of programs in it, and says why it shows nothing", () => {
    const line = resultLine({ ...result, unmet: "it was stopped before its end" }, plain);
    expect(line).toBe("DR-02  not established  it was stopped before its end  (0.1 s)");
  });

  test.each([
    ["pass", "good"],
    ["fail", "bad"],
    ["not_established", "warn"],
  ])("is coloured by what it came to: %s", (verdict, tone) => {
    const line = resultLine({ ...result, verdict }, { paint: (name, text) => `<${name}>${text}` });
    expect(line).toContain(`<${tone}>${verdict.replace("_", " ")}  0 of 0 failed, bound 1.0e+0`);
  });

  test("shows a verdict that is none of ours cleaned", () => {
    expect(verdictWords("\u001b[2Jx_y")).not.toContain("\u001b");
  });
});
