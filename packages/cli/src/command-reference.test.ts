import { describe, expect, test } from "vitest";
import { renderCommandReference } from "./command-reference.ts";
import { COMMANDS } from "./commands/table.ts";

describe("the table of commands", () => {
  test("is what the reference page says", async () => {
    await expect(renderCommandReference(COMMANDS)).toMatchFileSnapshot("../../../docs/reference/cli.md");
  });

  test("has one row per command, each with an example that names it", () => {
    const names = COMMANDS.map(({ path }) => path.join(" "));
    expect(new Set(names).size).toBe(names.length);
    for (const { path, examples, summary } of COMMANDS) {
      expect(examples.some(([command]) => command.includes(path.at(-1) ?? ""))).toBe(true);
      expect(summary).toMatch(/^[a-z]/);
    }
  });
});
