import { type Control, controls, nothingFound } from "@narrowgate/assurance";
import { expect, test } from "vitest";
import { tryControls, tryEach } from "./try-controls.ts";

/** One that sees nothing, whatever it is shown. */
const blind = (control: Control): Control => ({
  ...control,
  step: () => undefined,
  verdict: () => nothingFound(),
});

test("each control that cannot fail is found out, and each fault is said once", async () => {
  const { controls: tried, wrong } = await tryEach(controls.map(blind));
  expect([tried, new Set(wrong).size]).toEqual([controls.length, wrong.length]);
  const canFail = controls.filter(({ absent }) => absent === undefined).map(({ id }) => id);
  const found = new Set(wrong.map((says) => says.slice(0, 6)));
  expect(canFail.filter((id) => !found.has(id))).toEqual([]);
});

test("the control that is about the others is tried beside one of them, and needs no more", async () => {
  const two = controls.filter(({ id }) => id === "POL-01" || id === "REL-03");
  expect(await tryEach(two)).toEqual({ controls: 2, wrong: [] });
});

test("all there are find nothing wrong, and are tried once a process", async () => {
  const first = tryControls();
  expect(tryControls()).toBe(first);
  expect(await first).toEqual({ controls: controls.length, wrong: [] });
});
