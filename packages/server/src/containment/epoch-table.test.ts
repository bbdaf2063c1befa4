import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EpochTable } from "./epoch-table.ts";

describe("the epoch table", () => {
  it("answers as a map would, whatever is raised in whatever order", () => {
    const raises = fc.array(fc.tuple(fc.string({ maxLength: 12 }), fc.integer({ min: 1, max: 1000 })), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(raises, (list) => {
        const table = new EpochTable();
        const plain = new Map<string, number>();
        for (const [id, epoch] of list) {
          table.raise(id, epoch);
          plain.set(id, Math.max(plain.get(id) ?? 0, epoch));
        }
        for (const [id, epoch] of plain) expect(table.get(id)).toBe(epoch);
        expect(table.get("never raised, and longer than any")).toBe(0);
        expect(table.size).toBe(plain.size);
      }),
    );
  });

  it("never lowers an epoch (invariant 7)", () => {
    const table = new EpochTable();
    table.raise("agent:x", 5);
    table.raise("agent:x", 3);
    expect(table.get("agent:x")).toBe(5);
  });

  it("keeps every id while it grows", () => {
    const table = new EpochTable();
    for (let n = 0; n < 20_000; n += 1) table.raise(`token:${n}`, 1);
    for (let n = 0; n < 20_000; n += 1) expect(table.get(`token:${n}`)).toBe(1);
    expect(table.size).toBe(20_000);
    expect(table.get("token:20000")).toBe(0);
  });
});
