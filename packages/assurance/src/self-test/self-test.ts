import type { Control } from "../fold/control.ts";
import type { SelfTest } from "../fold/world.ts";
import { emptyFixture, judgeFixture } from "./fixture.ts";
import { fixturesOf } from "./fixtures.ts";

/**
 * Tries controls on the logs that ship with them: each must fail on its counter-example, pass where nothing is amiss, and
 * establish nothing on nothing. Takes about a second; the answer is the same for one build.
 * @see docs/spec/assurance.md C-18
 */
export function selfTest(controls: readonly Control[]): SelfTest {
  const nothing = judgeFixture(controls, emptyFixture());
  const wrong = controls.flatMap((control) => {
    const isOpen = nothing.get(control.id)?.verdict === "not_established";
    const onNothing = isOpen ? [] : [`${control.id} establishes something on nothing`];
    return [...onNothing, ...wrongColours(controls, control)];
  });
  return { controls: controls.length, wrong };
}

function wrongColours(controls: readonly Control[], { id, absent }: Control): readonly string[] {
  const told = fixturesOf(id);
  if (told === undefined) return absent === undefined ? [`${id} has no fixtures`] : [];
  const red = judgeFixture(controls, told.fails).get(id)?.verdict;
  const green = judgeFixture(controls, told.passes).get(id)?.verdict;
  const wanted = absent === undefined ? "pass" : "not_established";
  return [
    ...(red === "fail" ? [] : [`${id} stays ${red} on its counter-example`]),
    ...(green === wanted ? [] : [`${id} is ${green} where nothing is amiss`]),
  ];
}
