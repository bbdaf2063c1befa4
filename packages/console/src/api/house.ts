import {
  type HouseOverview,
  type HouseRefusal,
  readHouseOverview,
  readHouseRefusals,
  readWaitingCalls,
  type WaitingCalls,
} from "@narrowgate/contracts";
import { getJson, type Outcome } from "./outcome.ts";

/** What runs, and how the log stands. */
export function readHouse(signal: AbortSignal): Promise<Outcome<HouseOverview>> {
  return getJson("/api/overview", (value) => readHouseOverview(value, ""), signal);
}

/** What waits for people. */
export function listWaiting(signal: AbortSignal): Promise<Outcome<WaitingCalls>> {
  return getJson("/api/approvals", (value) => readWaitingCalls(value, ""), signal);
}

/** What was refused lately, youngest first. */
export function listRefusals(signal: AbortSignal): Promise<Outcome<readonly HouseRefusal[]>> {
  return getJson("/api/refusals", (value) => readHouseRefusals(value, "").refusals, signal);
}
