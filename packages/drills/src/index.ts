export { ABSENT, DRILLS } from "./drills/all-drills.ts";
export { absentDrill, type Context, type Drill } from "./run/drill.ts";
export { type Job, parseJob } from "./run/job.ts";
export { type DriverEvent, runDrills, scenarioDigest, type Tell } from "./run/run-drills.ts";
export { boundOf, Tally, type Verdict } from "./run/tally.ts";
