import { expect, test } from "vitest";
import { rollPage } from "./roll-ports.ts";

const rows = ["a", "c", "e", "g"];
const page = (after: string | undefined, limit: number) =>
  rollPage(rows, (row) => row, { limit, ...(after === undefined ? {} : { after }) });

test("a list is given in parts, each row once, and the last names no next", () => {
  expect(page(undefined, 3)).toEqual({ rows: ["a", "c", "e"], next: "e" });
  expect(page("e", 3)).toEqual({ rows: ["g"] });
  expect(page(undefined, 4)).toEqual({ rows });
});

test("a part goes on where a row was that is not there any more", () => {
  expect(page("b", 2)).toEqual({ rows: ["c", "e"], next: "e" });
});

test("nothing follows what is beyond the end, and nothing an empty list", () => {
  expect(page("z", 2)).toEqual({ rows: [] });
  expect(rollPage([], String, { limit: 2 })).toEqual({ rows: [] });
});
