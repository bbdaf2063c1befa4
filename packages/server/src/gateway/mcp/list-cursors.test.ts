import { expect, it } from "vitest";
import { createListCursors } from "./list-cursors.ts";

const holder = { server: "files", method: "tools/list", jkt: "key" };

it.each(["", "page 2", 'ü"\\', "x".repeat(5000)])("a cursor comes back as it was: %s", (cursor) => {
  const cursors = createListCursors();
  expect(cursors.open(holder, cursors.seal(holder, cursor))).toBe(cursor);
});

it("one that this caller was not given for this list is none", () => {
  const cursors = createListCursors();
  const sealed = cursors.seal(holder, "c");
  const others = [{ server: "mail" }, { method: "prompts/list" }, { jkt: "other" }];
  for (const other of others) expect(cursors.open({ ...holder, ...other }, sealed)).toBeUndefined();
  for (const text of ["", "c", `${sealed}d`, sealed.slice(1), createListCursors().seal(holder, "c")])
    expect(cursors.open(holder, text)).toBeUndefined();
});
