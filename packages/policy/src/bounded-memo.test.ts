import { describe, expect, it } from "vitest";
import { BoundedMemo } from "./bounded-memo.ts";

describe("a bounded memo", () => {
  it("never holds more entries than it may", () => {
    const memo = new BoundedMemo<number>(100, 1_000_000);
    for (let i = 0; i < 10_000; i++) {
      memo.set(`key ${i}`, i);
      expect(memo.size).toBeLessThanOrEqual(100);
    }
  });

  it("never holds more characters of keys than it may", () => {
    const memo = new BoundedMemo<number>(1000, 100);
    for (let i = 0; i < 1000; i++) memo.set(`key of twenty chars${i % 10}`, i);
    expect(memo.size).toBeLessThanOrEqual(5);
    memo.set("x".repeat(51), 1);
    expect(memo.get("x".repeat(51))).toBeUndefined();
  });

  it("keeps what is asked for when it drops a generation", () => {
    const memo = new BoundedMemo<number>(10, 1000);
    memo.set("wanted", 1);
    for (let i = 0; i < 100; i++) {
      memo.set(`other ${i}`, i);
      expect(memo.get("wanted")).toBe(1);
    }
    expect(memo.get("other 0")).toBeUndefined();
  });

  it("gives the latest value", () => {
    const memo = new BoundedMemo<number>(10, 1000);
    memo.set("a", 1);
    memo.set("a", 2);
    expect([memo.get("a"), memo.size]).toEqual([2, 1]);
  });
});
