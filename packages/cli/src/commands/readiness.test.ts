import { answerQuestions, catalogue } from "@narrowgate/assurance";
import { expect, test } from "vitest";
import { newerDrills } from "./readiness.ts";
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

test("what was drilled behind the newest evaluation is said, of this build alone", () => {
  const drill = (index: number, build = "own") => ({ entry: "e", index, result: { build } });
  const evaluation = { at: Date.UTC(2027, 2, 1, 12), log: { origin: "o", size: 10, root: "" } };
  const told = (...drills: readonly ReturnType<typeof drill>[]) =>
    newerDrills({ build: "own", drills: [...drills] }, evaluation);
  expect(told(drill(9), drill(10, "another"))).toBeUndefined();
  expect(told(drill(9), drill(10))).toBe(
    "1 drill result is newer than this evaluation of 2027-03-01 12:00:00 UTC and not in it; without --newest the agent is evaluated again",
  );
  expect(told(drill(10), drill(11))).toMatch(/^2 drill results are newer/);
});
