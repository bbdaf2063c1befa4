import { describe, expect, test } from "vitest";
import { buildProgram, usageError } from "./build-program.ts";
import { COMMANDS } from "./commands/table.ts";

/** What `--help` shows for these words. */
async function helpOf(...words: readonly string[]): Promise<string> {
  let shown = "";
  const program = buildProgram(COMMANDS, {
    openTerminal: () => expect.unreachable("help opens no terminal"),
    env: {},
    directory: ".",
    finish: async () => undefined,
  });
  const all = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
  for (const command of all)
    command.configureOutput({
      writeOut: (text) => {
        shown += text;
      },
    });
  await program.parseAsync([...words, "--help"], { from: "user" }).catch(() => undefined);
  return shown;
}

describe("the help", () => {
  test("of the program groups every command and begins with three examples", async () => {
    const shown = await helpOf();
    expect(shown).not.toContain("Other:");
    expect(shown.match(/^ {2}\$ narrowgate /gm)).toHaveLength(3);
    for (const heading of ["Start and look:", "Say what may exist:", "Stop it:"])
      expect(shown).toContain(`\n${heading}\n`);
    for (const { path } of COMMANDS) expect(shown).toMatch(new RegExp(`^ {2}${path[0]}\\b`, "m"));
  });

  test.each(COMMANDS.map(({ path }) => path.join(" ")))("of `%s` has examples", async (name) => {
    const shown = await helpOf(...name.split(" "));
    expect(shown).toContain("Usage: narrowgate ");
    expect(shown).toMatch(/Examples:\n {2}\$ /);
  });

  test("of a noun has one example of each of its commands", async () => {
    const shown = await helpOf("witness");
    for (const verb of ["add", "list", "remove"]) expect(shown).toContain(`narrowgate witness ${verb}`);
  });
});

/** What a line that cannot be understood is refused with. */
async function refusalOf(...words: readonly string[]): Promise<string> {
  const program = buildProgram(COMMANDS, {
    openTerminal: () => expect.unreachable("a refusal opens no terminal"),
    env: {},
    directory: ".",
    finish: async () => undefined,
  });
  const thrown = await program.parseAsync([...words], { from: "user" }).catch((error: unknown) => error);
  return usageError(thrown)?.publicMessage ?? "";
}

describe("a refusal", () => {
  test("of too few arguments says what may stand there", async () => {
    const forgotten = await refusalOf("revoke", "hello");
    for (const word of [/'ID' \(KIND: .*; ID: id/, /KIND: .*\bagent\b/, /KIND: .*\bmandate\b/])
      expect(forgotten).toMatch(word);
    expect(await refusalOf("contain")).toContain("'AGENT' (AGENT: id of the agent)");
  });

  test("of an unknown command names those that end with that word", async () => {
    expect(await refusalOf("activate", "hello")).toContain("narrowgate agent activate");
    expect(await refusalOf("list")).toMatch(/narrowgate agent list, .*narrowgate txn list/);
    expect(await refusalOf("nonsense")).not.toContain("narrowgate agent");
  });
});
