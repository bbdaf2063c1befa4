import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Pager, scanPages, scanRoom } from "./scan-room.ts";

/** A room of rows in key order, and what was asked of it. */
function roomOf(keys: readonly string[]): Pager<number> & { readonly asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    async scan(_, { prefix = "", after, limit }) {
      asked.push(after);
      const rest = keys.filter((key) => key > (after ?? "") && key.startsWith(prefix)).sort();
      return rest.slice(0, limit).map((key) => ({ key, value: key.length }));
    },
  };
}

describe("pages of a room", () => {
  it("hold every row of a prefix once and in key order, and none but the last is short", async () => {
    const key = fc.stringMatching(/^[a-c]{1,3}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        async (keys, page) => {
          const pages: string[][] = [];
          for await (const rows of scanPages(roomOf(keys), "r", { prefix: "a", page }))
            pages.push(rows.map((row) => row.key));
          expect(pages.flat()).toEqual(keys.filter((one) => one.startsWith("a")).sort());
          const lengths = pages.map(({ length }) => length);
          expect(lengths.slice(0, -1).every((length) => length === page)).toBe(true);
          expect(lengths.at(-1)).toBeLessThan(page);
        },
      ),
    );
  });

  it("are not asked for before they are wanted", async () => {
    const room = roomOf(["a", "b", "c"]);
    for await (const rows of scanPages(room, "r", { page: 1 })) if (rows[0]?.key === "b") break;
    expect(room.asked).toEqual([undefined, "a"]);
  });
});

describe("the rows of a room", () => {
  it("come one by one, over the edge of a page", async () => {
    const keys = Array.from({ length: 1001 }, (_, n) => `a${String(n).padStart(4, "0")}`);
    const room = roomOf([...keys, "b"]);
    const found: string[] = [];
    for await (const { key, value } of scanRoom(room, "r", "a")) if (value === 5) found.push(key);
    expect(found).toEqual(keys);
    expect(room.asked).toEqual([undefined, "a0999"]);
  });

  it("come all where no prefix is named", async () => {
    const found: string[] = [];
    for await (const { key } of scanRoom(roomOf(["b", "a"]), "r")) found.push(key);
    expect(found).toEqual(["a", "b"]);
  });
});
