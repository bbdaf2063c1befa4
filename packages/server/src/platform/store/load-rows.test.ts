import type { StateReader } from "@narrowgate/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadRows } from "./load-rows.ts";

/** A state table of one room, read as the real one is. */
function stateOf(keys: readonly string[], asked: number[] = []): Pick<StateReader, "scan"> {
  return {
    async scan(room, { prefix = "", after = "", limit = 0 } = {}) {
      asked.push(limit);
      const own = room === "r" ? keys : [];
      const rest = own.filter((key) => key > after && key.startsWith(prefix)).sort();
      return rest.slice(0, limit).map((key) => ({ key, value: `of ${key}` }));
    },
  };
}

describe("the rows of a room", () => {
  it("come all, once and in key order, whatever fits a page", async () => {
    const key = fc.stringMatching(/^[a-c]{1,3}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        async (keys, page) => {
          const found = await loadRows(stateOf(keys), "r", (_, __, one) => one, { page });
          expect(found).toEqual([...keys].sort());
        },
      ),
    );
  });

  it("are those of a prefix alone, each with its value and where it stands", async () => {
    const state = stateOf(["a/1", "b/1", "b/2"]);
    const found = await loadRows(state, "r", (value, path) => [value, path], { prefix: "b/", page: 1 });
    expect(found).toEqual([
      ["of b/1", "/r/b/1"],
      ["of b/2", "/r/b/2"],
    ]);
  });

  it("are asked for no oftener than it takes", async () => {
    const asked: number[] = [];
    await loadRows(stateOf(["a", "b", "c"], asked), "r", String);
    expect(asked).toEqual([1000]);
  });
});
