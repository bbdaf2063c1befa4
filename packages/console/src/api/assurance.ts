import {
  type AuditTrail,
  type DrillRecord,
  type DrillsNow,
  type EntrySheet,
  type ReadinessLine,
  type ReadinessSheet,
  type ReleaseEffects,
  type ReleaseList,
  type ReleaseSheet,
  readAuditTrail,
  readDrillRecord,
  readDrillsNow,
  readEntrySheet,
  readReadinessList,
  readReadinessSheet,
  readReleaseEffects,
  readReleaseList,
  readReleaseSheet,
} from "@narrowgate/contracts";
import { getJson, type Outcome, refusalMessage } from "./outcome.ts";
import type { RollPage } from "./roll.ts";

/** Evaluations and manifests are larger than other answers. */
const large = { maxBytes: 64 * 1024 * 1024, maxKeys: 4_000_000 };

/** What was proposed, newest first. */
export function listReleases(signal: AbortSignal): Promise<Outcome<ReleaseList>> {
  return getJson("/api/releases", (value) => readReleaseList(value, ""), signal, large);
}

/** One release; that it was read goes on record. */
export function readRelease(id: string, signal: AbortSignal): Promise<Outcome<ReleaseSheet>> {
  return getJson(`/api/releases/${id}`, (value) => readReleaseSheet(value, ""), signal, large);
}

/** Calls under a release that changed something; that they were read goes on record. */
export function readEffects(id: string, signal: AbortSignal): Promise<Outcome<ReleaseEffects>> {
  return getJson(`/api/releases/${id}/effects`, (value) => readReleaseEffects(value, ""), signal, large);
}

/** Address of the certificate of a release, as a file. */
export function certificatePath(id: string): string {
  return `/api/releases/${id}/certificate`;
}

/** Agents by id with how ready each is, fifty at a time; that evaluations were read goes on record. */
export function listReadiness(
  after: string | undefined,
  signal: AbortSignal,
): Promise<Outcome<RollPage<ReadinessLine>>> {
  const path = after === undefined ? "/api/readiness" : `/api/readiness?after=${encodeURIComponent(after)}`;
  return getJson(
    path,
    (value) => {
      const { agents, next } = readReadinessList(value, "");
      return { rows: agents, next };
    },
    signal,
  );
}

/** The newest evaluation of an agent; that it was read goes on record. */
export function readReadiness(agent: string, signal: AbortSignal): Promise<Outcome<ReadinessSheet>> {
  const path = `/api/agents/${encodeURIComponent(agent)}/readiness`;
  return getJson(path, (value) => readReadinessSheet(value, ""), signal, large);
}

/** Results of drills, newest first. */
export function listDrills(signal: AbortSignal): Promise<Outcome<DrillRecord>> {
  return getJson("/api/drills", (value) => readDrillRecord(value, ""), signal, large);
}

/** How many results there are, and the drills that run; asking discloses nothing. */
export function drillsNow(signal: AbortSignal): Promise<Outcome<DrillsNow>> {
  return getJson("/api/drills/run", (value) => readDrillsNow(value, ""), signal);
}

/** Asks for the end of a run. @returns a sentence when it is not ended */
export async function stopDrills(run: string): Promise<string | undefined> {
  try {
    const response = await fetch("/api/drills/run/stop", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ run }),
    });
    return response.ok ? undefined : await refusalMessage(response);
  } catch {
    return "The server cannot be reached. Nothing is known to have stopped.";
  }
}

/** What was put on record lately. */
export function readAudit(signal: AbortSignal): Promise<Outcome<AuditTrail>> {
  return getJson("/api/audit", (value) => readAuditTrail(value, ""), signal, large);
}

/** One leaf. @param at - where it should stand */
export function readEntry(
  id: string,
  at: number | undefined,
  signal: AbortSignal,
): Promise<Outcome<EntrySheet>> {
  const path = at === undefined ? `/api/entries/${id}` : `/api/entries/${id}?at=${at}`;
  return getJson(path, (value) => readEntrySheet(value, ""), signal);
}

/** The catalogue, and how evaluations are read: the code of reports. */
export type Reading = typeof import("@narrowgate/assurance/reading");

/** Fetches it once, in a file of its own, for the pages that speak of controls. */
export async function loadReading(): Promise<Outcome<Reading>> {
  try {
    return { kind: "ok", value: await import("@narrowgate/assurance/reading") };
  } catch {
    return { kind: "failed", message: "The catalogue of controls could not be fetched." };
  }
}
