import type { StateChange } from "@narrowgate/contracts";
import { describe, expect, it } from "vitest";
import { openDurableUses } from "../platform/single-use/durable-uses.ts";
import { createAssertionUses } from "./assertion-uses.ts";

/** Runs of one instance after another: what is on disk stays, what is in memory goes. */
function instance() {
  const rows = new Map<string, StateChange["value"]>();
  const clock = { nowS: 1_000, nowMs: () => clock.nowS * 1000 };
  const start = async () => {
    const state = {
      get: async () => null,
      scan: async () => [...rows].flatMap(([key, value]) => (value === null ? [] : [{ key, value }])),
    };
    const evidence = {
      record(_: unknown, changes: readonly StateChange[] = []) {
        for (const { key, value } of changes) rows.set(key, value);
        return { leaves: [], durable: Promise.resolve() };
      },
    };
    const inRun = new Set<string>();
    return createAssertionUses({
      clock,
      evidence,
      uses: await openDurableUses(state, "assertion-use"),
      takeInRun: (name) => !inRun.has(name) && inRun.add(name) !== undefined,
    });
  };
  return { clock, rows, start };
}

describe("the single use of client assertions", () => {
  it("holds within a run, alone and beside a proof, one for the other", async () => {
    for (const [first, second] of [
      ["nothing", "nothing"],
      ["nothing", "proof"],
      ["proof", "nothing"],
    ] as const) {
      const uses = await instance().start();
      const assertion = { use: "a", issuedS: 1_000, untilS: 1_300 };
      expect(uses.take(assertion, first)).toBeDefined();
      expect(uses.take(assertion, second)).toBeUndefined();
    }
  });

  it.each([
    ["nothing", 1_000],
    ["proof", 1_000],
    ["nothing", 1_100],
    ["proof", 1_100],
  ] as const)(
    "holds over a restart for one that comes alone: used beside %s, signed at %d",
    async (before, issuedS) => {
      const { clock, start } = instance();
      const assertion = { use: "a", issuedS, untilS: 1_400 };
      expect((await start()).take(assertion, before)).toBeDefined();
      clock.nowS = 1_010;
      expect((await start()).take(assertion, "nothing")).toBeUndefined();
    },
  );

  it("takes none alone that does not say when it was made", async () => {
    const uses = await instance().start();
    expect(uses.take({ use: "a", untilS: 1_300 }, "nothing")).toBeUndefined();
    expect(uses.take({ use: "a", untilS: 1_300 }, "proof")).toBeDefined();
  });

  it("writes nothing for one beside a proof, and forgets what has expired", async () => {
    const { clock, rows, start } = instance();
    const uses = await start();
    void uses.take({ use: "a", issuedS: 1_000, untilS: 1_300 }, "proof");
    expect(rows.size).toBe(0);
    void uses.take({ use: "b", issuedS: 1_000, untilS: 1_300 }, "nothing");
    clock.nowS = 1_300;
    void uses.take({ use: "c", issuedS: 1_300, untilS: 1_600 }, "nothing");
    expect([...rows]).toEqual([
      ["b", null],
      ["c", 1_600],
    ]);
  });
});
