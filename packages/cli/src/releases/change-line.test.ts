import { expect, test } from "vitest";
import { changeLine } from "./change-line.ts";

const digest = "A".repeat(43);
const added = { part: "policies", change: "added", name: digest, after: digest };

test("a policy goes by its name beside the digest that is signed, where the name is known", () => {
  expect(changeLine(added, { [digest]: "refunds.cedar#2" })).toBe(
    `+ policies refunds.cedar#2 (${digest}): nothing -> "${digest}"`,
  );
  expect(changeLine(added, {})).toBe(`+ policies ${digest}: nothing -> "${digest}"`);
});

test("nothing but a policy takes a policy's name, and no name moves a cursor", () => {
  const declared = { part: "declared", change: "changed", name: "model", before: "a", after: "b" };
  expect(changeLine(declared, { model: "x" })).toBe('~ declared model: "a" -> "b"');
  expect(changeLine(added, { [digest]: "a\u001b[2Jb\u202e" })).toContain("+ policies a?[2Jb? (");
});
