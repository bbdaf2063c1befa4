import { isNarrowgateError } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { readIntent } from "./read-intent.ts";

type Typed = Parameters<typeof readIntent>[0];

function typed(given: Readonly<Record<string, string | readonly string[]>>): Typed {
  const list = (option: string): readonly string[] => [given[option] ?? []].flat();
  return { list, text: (option) => list(option)[0] };
}

describe("the intent of a mandate", () => {
  test("is what was typed, sorted and none twice", () => {
    const call = typed({
      case: "T-1001",
      tool: ["mail/send", "files/read", "mail/send"],
      resource: ["demo://b/", "demo://a/"],
    });
    expect(readIntent(call)).toEqual({
      case: "T-1001",
      tools: ["files/read", "mail/send"],
      resources: ["demo://a/", "demo://b/"],
    });
  });

  test("is none when nothing was typed", () => {
    expect(readIntent(typed({}))).toBeUndefined();
  });

  test.each(["read", "/read", "files/", "a b/c"])("takes no tool like %j", (tool) => {
    let code: string | undefined;
    try {
      readIntent(typed({ tool }));
    } catch (error) {
      code = isNarrowgateError(error) ? error.code : String(error);
    }
    expect(code).toBe("usage");
  });
});
