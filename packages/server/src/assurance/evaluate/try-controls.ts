import { setImmediate } from "node:timers/promises";
import { type Control, controls, type SelfTest, selfTest } from "@narrowgate/assurance";

/** The control that is about the others, and one it is tried with. */
const gate = "REL-03";
const companion = "POL-01";

/** Tries each of these by itself; the gate is of the others, and is tried with one of them. */
export async function tryEach(all: readonly Control[]): Promise<SelfTest> {
  const others = all.filter(({ id }) => id !== gate);
  const about = all.filter(({ id }) => id === gate || id === companion);
  const wrong: string[] = [];
  for (const tried of [...others.map((one): readonly Control[] => [one]), about]) {
    wrong.push(...selfTest(tried).wrong.filter((says) => !wrong.includes(says)));
    await setImmediate();
  }
  return { controls: all.length, wrong };
}

let tried: Promise<SelfTest> | undefined;

/**
 * Tries each control on the logs that must turn it red and green, one after the other, so that calls get their turn.
 * The answer is one for a build: it is found once a process.
 */
export function tryControls(): Promise<SelfTest> {
  tried ??= tryEach(controls);
  return tried;
}
