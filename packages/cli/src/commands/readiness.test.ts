import { answerQuestions, catalogue } from "@narrowgate/assurance";
import { expect, test } from "vitest";
import { COMMANDS } from "./table.ts";

test("every command that is to show an answer exists, with the options that are named", () => {
  const answers = answerQuestions(catalogue, [], "desk");
  for (const command of new Set(answers.flatMap(({ shown }) => shown))) {
    const [program, ...words] = command.split(" ");
    expect(program).toBe("narrowgate");
    const found = COMMANDS.find(({ path }) => path.every((word, i) => words[i] === word));
    expect(found, command).toBeDefined();
    for (const [, option] of command.matchAll(/--([a-z]+)/g))
      expect(
        found?.options?.map(({ name }) => name),
        command,
      ).toContain(option);
  }
});
