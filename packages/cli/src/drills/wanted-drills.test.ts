import { foundation } from "@narrowgate/assurance";
import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { wantedDrills } from "./wanted-drills.ts";

const LISTED: readonly JsonObject[] = [
  ...foundation.drills.map(({ drill }) => ({ id: drill, runs: true })),
  { id: "DR-20", runs: true, profile: "scale" },
  { id: "DR-99", runs: false },
];

/** What of a call is read. */
const asked = (argument: string, options: Readonly<Record<string, string>> = {}) => ({
  argument: () => argument,
  text: (name: string) => options[name],
});

describe("which drills are run", () => {
  it("are exactly those that the gate profile demands, with its loads and trials", () => {
    expect(wantedDrills(asked("", { profile: "foundation" }), LISTED)).toEqual(foundation.drills);
  });

  it("are all but the soak without a profile, at L1 or the load that is named", () => {
    const ids = LISTED.map(({ id }) => id).filter((id) => id !== "DR-20");
    expect(wantedDrills(asked(""), LISTED)).toEqual(ids.map((drill) => ({ drill, load: "L1" })));
    expect(wantedDrills(asked("", { profile: "ci", load: "L0" }), LISTED)[0]?.load).toBe("L0");
  });

  it("have the soak under scale, with the trials of the catalogue", () => {
    const scale = wantedDrills(asked("", { profile: "scale" }), LISTED);
    expect(scale.find(({ drill }) => drill === "DR-20")).toEqual({ drill: "DR-20", load: "L3", trials: 100 });
    expect(scale.find(({ drill }) => drill === "DR-05")?.trials).toBe(30_000);
  });

  it("is one alone where it is named, and none that nobody knows", () => {
    expect(wantedDrills(asked("dr-05", { load: "L2" }), LISTED)).toEqual([{ drill: "DR-05", load: "L2" }]);
    expect(() => wantedDrills(asked("DR-77"), LISTED)).toThrow("not_found");
    expect(() => wantedDrills(asked("", { profile: "scale", load: "L2" }), LISTED)).toThrow("usage");
  });
});
