import { expect, test } from "vitest";
import { bundleOf, draftOf, nameProblem, withFiles, withoutShown, withText } from "./draft.ts";

const a = { name: "a.cedar", text: "a" };
const b = { name: "b.cedartest.yaml", text: "b" };

test("a draft begins with its first file, and without any with an empty one", () => {
  expect(draftOf([a, b]).shown).toBe("a.cedar");
  expect(draftOf([]).files).toEqual([{ name: "policies.cedar", text: "" }]);
});

test("what is written goes into the file that is shown, and into no other", () => {
  expect(withText(draftOf([a, b]), "x").files).toEqual([{ ...a, text: "x" }, b]);
});

test("files that are opened take the place of those of their name, and are shown", () => {
  const opened = withFiles(draftOf([a, b]), [{ name: "b.cedartest.yaml", text: "c" }]);
  expect(opened).toEqual({ files: [a, { ...b, text: "c" }], shown: "b.cedartest.yaml" });
});

test("the last file stays", () => {
  const one = withoutShown(draftOf([a, b]));
  expect(one).toEqual({ files: [b], shown: b.name });
  expect(withoutShown(one)).toBe(one);
});

test("tests are no part of what is compiled", () => {
  expect(bundleOf(draftOf([a, b]), "s")).toEqual({ files: [a], schema: "s" });
});

test.each(["x.cedar", "in/a-folder/x.cedartest.yaml", "p.cedarschema"])("%s may be a name", (name) => {
  expect(nameProblem(draftOf([a]), name)).toBeUndefined();
});

test.each(["", "x", "a.cedar", "/x.cedar", "x y.cedar", "x.yaml", `${"x".repeat(200)}.cedar`])(
  "%j may not be a name",
  (name) => {
    expect(nameProblem(draftOf([a]), name)).toBeDefined();
  },
);
