export { ABSENT, DRILLS } from "./drills/all-drills.ts";
export { absentDrill, type Context, type Drill } from "./run/drill.ts";
export { type Job, parseJob, type WantedDrill } from "./run/job.ts";
export { runDrills } from "./run/run-drills.ts";
export { scenarioDigest } from "./run/run-one.ts";
export { boundOf, Tally, type Verdict } from "./run/tally.ts";
export type { DriverEvent, Tell } from "./run/tell.ts";
