import { describe, expect, it } from "vitest";
import { createDoor, type DoorRates } from "./door.ts";
import { sourceOf } from "./source-address.ts";
import { createTokenBuckets } from "./token-buckets.ts";

const rates: DoorRates = {
  source: { burst: 3, perSecond: 1 },
  strangers: { burst: 5, perSecond: 2 },
  failures: { burst: 2, perSecond: 1 },
};

function openDoor() {
  const clock = { ms: 1_000_000, nowMs: () => clock.ms };
  const door = createDoor(clock, rates);
  /** Asks so many times and gets each answer with this status; gives how many were let in. */
  const ask = (times: number, status: number, source: string, knownKey?: string): number => {
    let admitted = 0;
    for (let i = 0; i < times; i++) {
      const admission = door.admit({ source, ...(knownKey === undefined ? {} : { knownKey }) });
      if (admission.kind === "turned_away") continue;
      admission.settle(status);
      admitted += 1;
    }
    return admitted;
  };
  return { clock, door, ask };
}

describe("a door", () => {
  it("lets so many failing strangers of one source in, and more as time passes", () => {
    const { ask, clock, door } = openDoor();
    expect(ask(10, 401, "a")).toBe(3);
    expect(door.admit({ source: "a" })).toEqual({ kind: "turned_away", retryAfterSeconds: 1 });
    clock.ms += 2_000;
    expect(ask(10, 401, "a")).toBe(2);
  });

  it("gives the budget back of who is let in after all", () => {
    const { ask } = openDoor();
    expect(ask(100, 200, "a")).toBe(100);
    expect(ask(10, 400, "a")).toBe(3);
  });

  it("bounds strangers of many sources together, and takes nothing for who is turned away", () => {
    const { ask, clock } = openDoor();
    expect(["a", "b", "c", "d"].map((source) => ask(3, 401, source))).toEqual([3, 2, 0, 0]);
    clock.ms += 1_000;
    expect(ask(9, 401, "c")).toBe(2);
  });

  it("never turns a known key away that does not fail, whatever strangers beside it do", () => {
    const { ask } = openDoor();
    for (const source of ["a", "b", "c"]) ask(100, 401, source);
    expect(ask(1_000, 200, "a", "key")).toBe(1_000);
    expect(ask(1_000, 500, "a", "key")).toBe(1_000);
  });

  it("takes who fails under a known key for a stranger, there and nowhere else", () => {
    const { ask } = openDoor();
    expect(ask(100, 401, "a", "key")).toBe(2 + 3);
    expect(ask(100, 200, "b", "key")).toBe(100);
    expect(ask(100, 200, "a", "other")).toBe(100);
  });

  it("holds no more memory than strangers were let in for", () => {
    const { clock } = openDoor();
    const buckets = createTokenBuckets({ burst: 2, perSecond: 1 });
    for (let i = 0; i < 10_000; i++) {
      clock.ms += 100;
      buckets.take(String(i), clock.ms);
      expect(buckets.size()).toBeLessThanOrEqual(41);
    }
  });

  it("does not fill by a clock that goes back", () => {
    const buckets = createTokenBuckets({ burst: 1, perSecond: 1 });
    expect(buckets.take("a", 10_000)).toBe(true);
    expect(buckets.take("a", 5_000)).toBe(false);
    expect(buckets.waitMs("a", 5_000)).toBe(1_000);
    expect(buckets.take("a", 6_000)).toBe(true);
  });
});

describe("a source", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    [undefined, ""],
  ])("of %s is %s", (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });
});
