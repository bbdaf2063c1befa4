import type { StateChange, StateReader } from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";
import { expect, it } from "vitest";
import { openDurableUses } from "./durable-uses.ts";

function room(): { readonly rows: Map<string, JsonValue>; readonly state: StateReader } {
  const rows = new Map<string, JsonValue>();
  const state: StateReader = {
    get: async (_, key) => rows.get(key) ?? null,
    scan: async (_, { after = "", limit = 10 } = {}) =>
      [...rows]
        .filter(([key]) => key > after)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([key, value]) => ({ key, value })),
  };
  return { rows, state };
}

function keep(rows: Map<string, JsonValue>, changes: readonly StateChange[] = []): void {
  for (const { key, value } of changes) {
    if (value === null) rows.delete(key);
    else rows.set(key, value);
  }
}

it("lets each name be used once, over a restart too", async () => {
  const { rows, state } = room();
  const uses = await openDurableUses(state, "uses");
  keep(rows, uses.take("a", 100, 0));
  expect(uses.take("a", 100, 1)).toBeUndefined();
  const restarted = await openDurableUses(state, "uses");
  expect(restarted.take("a", 100, 1)).toBeUndefined();
  expect(restarted.take("b", 100, 1)).toEqual([{ room: "uses", key: "b", value: 100 }]);
});

it("forgets what has expired as it is used, and nothing before", async () => {
  const { rows, state } = room();
  const uses = await openDurableUses(state, "uses");
  for (const name of ["a", "b", "c"]) keep(rows, uses.take(name, 10, 0));
  keep(rows, uses.take("d", 100, 9));
  expect([...rows.keys()]).toEqual(["a", "b", "c", "d"]);
  keep(rows, uses.take("e", 100, 10));
  expect([...rows.keys()]).toEqual(["d", "e"]);
});
