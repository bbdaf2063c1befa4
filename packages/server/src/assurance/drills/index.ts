export { createLiveRuns, type LiveRuns } from "./live-runs.ts";
