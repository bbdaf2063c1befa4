import type { DrillResult, RequiredDrill } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { fixture } from "../self-test/fixture.ts";
import { digestFor } from "../self-test/story.ts";
import { judgeDrill, judgeDrills, newestDrill } from "./drill-part.ts";
import type { World } from "./world.ts";

const { world: normal } = fixture();
const required: RequiredDrill = { drill: "DR-05", load: "L1", trials: 300 };
const maxAge = 1000;

function found(drill: string): DrillResult {
  const one = normal.drills.find(({ result }) => result.drill === drill);
  if (one === undefined) throw new RangeError(`the profile demands ${drill}`);
  return one.result;
}

/** A world in which these results of drills are on record, by the name of their leaves. */
function withDrills(drills: { readonly [entry: string]: Partial<DrillResult> }): World {
  const recorded = Object.entries(drills).map(([entry, change], index) => ({
    entry,
    index,
    result: { ...found(change.drill ?? "DR-05"), ended: normal.at, ...change },
  }));
  return { ...normal, drills: recorded };
}

describe("of the results of a drill", () => {
  test("one of another release does not count, though the build is the same", () => {
    const release = digestFor("another release");
    expect(newestDrill(withDrills({ other: { release } }), required)).toBeUndefined();
    expect(newestDrill(withDrills({ own: {} }), required)?.entry).toBe("own");
  });

  test("the newest counts, wherever it stands", () => {
    const [older, newer] = [{ ended: normal.at - 2 }, { ended: normal.at - 1 }];
    expect(newestDrill(withDrills({ older, newer }), required)?.entry).toBe("newer");
    expect(newestDrill(withDrills({ newer, older }), required)?.entry).toBe("newer");
  });

  test("of two that ended together the first counts", () => {
    expect(newestDrill(withDrills({ first: {}, second: {} }), required)?.entry).toBe("first");
  });
});

describe("what is missing of a drill is said", () => {
  const saysOf = (recorded: { readonly [entry: string]: Partial<DrillResult> }) =>
    judgeDrill(withDrills(recorded), required, maxAge);

  test("when there is no result for this release and build at all", () => {
    const says = "DR-05 has no result for this release and build";
    expect(saysOf({})).toEqual({ kind: "missing", says, entries: [] });
    expect(saysOf({ other: { build: digestFor("another build"), load: "L0" } })).toMatchObject({ says });
  });

  test("when it passed with less load than is demanded", () => {
    expect(saysOf({ less: { load: "L0", trials: 30 } })).toEqual({
      kind: "missing",
      says: "DR-05 passed with 30 trials at L0; 300 at L1 are demanded",
      entries: [],
    });
  });

  test("when it passed with fewer trials than are demanded", () => {
    expect(saysOf({ fewer: { load: "L2", trials: 299 } })).toEqual({
      kind: "missing",
      says: "DR-05 passed with 299 trials at L2; 300 at L1 are demanded",
      entries: ["fewer"],
    });
  });

  test("when at less load it failed, or could show nothing", () => {
    const failed = { load: "L0", verdict: "fail", trials: 3, failures: 1 } as const;
    expect(saysOf({ failed })).toHaveProperty(
      "says",
      "DR-05 failed with 3 trials at L0; 300 at L1 are demanded",
    );
    const open = { load: "L0", verdict: "not_established", trials: 0 } as const;
    expect(saysOf({ open })).toHaveProperty(
      "says",
      "DR-05 showed nothing with 0 trials at L0; 300 at L1 are demanded",
    );
  });
});

test("a result counts to the last millisecond of its age, and is stale from the next on", () => {
  const aged = (ms: number) => {
    const world = withDrills({ one: { ended: normal.at - ms } });
    return judgeDrill(world, required, maxAge).kind;
  };
  expect([aged(maxAge * 1000), aged(maxAge * 1000 + 1)]).toEqual(["pass", "stale"]);
});

describe("the drills of a control together", () => {
  const drills = ["DR-05", "DR-26", "DR-02", "DR-01"];
  const fail = { drill: "DR-05", verdict: "fail", failures: 1 } as const;
  const missing = { drill: "DR-26", verdict: "not_established", unmet: "no room" } as const;
  const stale = { drill: "DR-02", ended: normal.at - maxAge * 1000 - 1 };
  const pass = { drill: "DR-01" };
  const of = (recorded: { readonly [entry: string]: Partial<DrillResult> }) => {
    const world = withDrills(recorded);
    const names = Object.values(recorded).map(({ drill }) => drill);
    const profile = {
      ...world.profile,
      drills: world.profile.drills.filter((one) => names.includes(one.drill)),
    };
    return judgeDrills({ ...world, profile }, drills, maxAge);
  };

  test("are as the worst of them, and say what that one says alone", () => {
    expect(of({ pass, stale, missing, fail })).toMatchObject({
      kind: "fail",
      says: "DR-05: 1 of 300 trials failed",
    });
    expect(of({ pass, stale, missing })).toMatchObject({ kind: "missing", says: "DR-26: no room" });
    expect(of({ pass, stale })).toMatchObject({
      kind: "stale",
      says: "DR-02 was last run too long ago",
    });
    expect(of({ pass })).toMatchObject({ kind: "pass", says: "DR-01: no failure in 100 trials" });
  });

  test("name every result that was looked at, in order", () => {
    expect(of({ a: stale, c: pass, b: fail })).toMatchObject({ entries: ["a", "b", "c"] });
  });

  test("say no more than a result of a control may", () => {
    const unmet = "x".repeat(1000);
    const says = of({ a: { ...missing, unmet }, b: { ...pass, verdict: "not_established", unmet } });
    expect(says).toHaveProperty("says.length", 1024);
  });

  test("are none where the profile demands none of them, or the control rests on none", () => {
    const profile = { ...normal.profile, drills: [] };
    expect(judgeDrills({ ...normal, profile }, drills, maxAge)).toEqual({ kind: "none" });
    expect(judgeDrills(normal, drills, undefined)).toEqual({ kind: "none" });
  });
});
