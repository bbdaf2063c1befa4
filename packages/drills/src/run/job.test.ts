import { describe, expect, it } from "vitest";
import { roundsFor } from "./drill.ts";
import { parseJob } from "./job.ts";

const job = {
  drills: [
    { drill: "DR-02", load: "L1", trials: 300 },
    { drill: "DR-14", load: "L0" },
  ],
  peak: 5,
  minutes: 240,
  seed: 7,
  build: "build",
  server: ["node", "server.ts"],
  verifier: ["node", "verifier.ts"],
  folder: "/somewhere",
};

describe("a job", () => {
  it("names each drill with its load, and the trials that somebody demands", () => {
    expect(parseJob(job)).toEqual(job);
  });

  it.each([
    ["no load", { drills: [{ drill: "DR-02" }] }],
    ["no trial", { drills: [{ drill: "DR-02", load: "L1", trials: 0 }] }],
    ["no time", { minutes: 0 }],
    ["a pilot that is none", { pilot: { format: "narrowgate-pilot/1" } }],
    ["more than is known", { policies: [] }],
  ])("is refused with %s", (_, change) => {
    expect(() => parseJob({ ...job, ...change })).toThrow("malformed_input");
  });
});

describe("rounds of a drill", () => {
  it("are the usual ones, or as many as give what is demanded", () => {
    expect(roundsFor({ trials: 0 }, 12, 11)).toBe(12);
    expect(roundsFor({ trials: 100 }, 12, 11)).toBe(12);
    expect(roundsFor({ trials: 3000 }, 12, 11)).toBe(273);
  });
});
