import type { DrillsNow } from "@narrowgate/contracts";
import { NarrowgateError, readObject, readString } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import {
  type Answer,
  type ApiRequest,
  type ApiRoom,
  type ApiRoute,
  disclose,
  requireViewer,
} from "./api-route.ts";
import type { Disclosure, Viewer } from "./disclosure.ts";
import { readJsonBody } from "./json-body.ts";
import { readRollQuery } from "./roll-api.ts";

/** Results of drills in one answer; the newest. */
const MAX_DRILLS = 200;
/** Rows of each kind on the auditor's page. */
const MAX_TRAIL = 50;

/**
 * Releases, readiness, drills, and what an auditor reaches from one page. What comes out of a sealed part, and every leaf,
 * goes on record as read. Nothing is changed here but that drills end: operators change things with signed requests.
 */
export const assuranceRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/api/releases", answer: releasesAnswer },
  { method: "GET", path: "/api/releases/{id}", answer: releaseAnswer },
  { method: "GET", path: "/api/releases/{id}/effects", answer: effectsAnswer },
  { method: "GET", path: "/api/releases/{id}/certificate", answer: certificateAnswer },
  { method: "GET", path: "/api/readiness", answer: readinessAnswer },
  { method: "GET", path: "/api/agents/{id}/readiness", answer: agentReadinessAnswer },
  { method: "GET", path: "/api/drills", answer: drillsAnswer },
  { method: "GET", path: "/api/drills/run", answer: drillsNowAnswer },
  { method: "POST", path: "/api/drills/run/stop", answer: stopDrillsAnswer },
  { method: "GET", path: "/api/audit", answer: auditAnswer },
  { method: "GET", path: "/api/entries/{id}", answer: entryAnswer },
];

/** Discloses what may be nothing: then nothing goes on record. */
async function discloseAny<T>(read: Disclosure<T>, viewer: Viewer, room: ApiRoom): Promise<T> {
  return read.count === 0 ? read.content : await disclose(read, viewer, room);
}

function found<T>(read: T | undefined, what: string): T {
  if (read !== undefined) return read;
  throw new NarrowgateError("not_found", `there is no such ${what}`);
}

function idOf({ params }: ApiRequest, what: string): string {
  const id = params.get("id") ?? "";
  return found(/^[\w-]{22}$/.test(id) ? id : undefined, what);
}

async function releasesAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireViewer(request, room);
  const { environment, glasses, list, overlays } = room.ports.assurance.releases;
  const isRequired = environment === "prod";
  return okAnswer({ environment, isRequired, overlays: overlays(), releases: list(), glasses: glasses() });
}

async function releaseAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.assurance.releases.show(idOf(request, "release"));
  return okAnswer(await disclose(found(read, "release"), viewer, room));
}

async function effectsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.assurance.releases.effects(idOf(request, "release"));
  return okAnswer(await discloseAny(found(read, "release"), viewer, room));
}

async function certificateAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.assurance.releases.certificate(idOf(request, "release"));
  const bytes = await disclose(found(read, "certificate; this release never was in force"), viewer, room);
  return { status: 200, bytes, contentType: "application/json" };
}

async function readinessAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.assurance.readiness(readRollQuery(request));
  const { rows, ...next } = await discloseAny(read, viewer, room);
  return okAnswer({ agents: rows, ...next });
}

async function agentReadinessAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.assurance.readinessOf(request.params.get("id") ?? "");
  return okAnswer(await discloseAny(found(read, "agent"), viewer, room));
}

async function drillsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  return okAnswer(await discloseAny(room.ports.assurance.drills(MAX_DRILLS), viewer, room));
}

function drillsNow({ readsOnly }: Viewer, { ports }: ApiRoom): DrillsNow {
  return { ...ports.assurance.drillsNow(), mayStop: readsOnly !== true };
}

/** Asked again and again while drills run: what their operator tells of them stands in no leaf, so nothing is disclosed. */
async function drillsNowAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  return okAnswer({ ...drillsNow(requireViewer(request, room), room) });
}

/** Ends drills early, which is all that anybody can change here: what had not ended shows nothing. */
async function stopDrillsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const { run } = readObject(await readJsonBody(request.message), "", ["run"]);
  const wanted = readString(run, "/run", { min: 22, max: 22, pattern: /^[\w-]+$/ });
  if (viewer.readsOnly === true)
    throw new NarrowgateError("sign_in_refused", "your roles let you read here, and change nothing");
  room.ports.assurance.stopDrills(wanted, viewer);
  return okAnswer({ ...drillsNow(viewer, room) });
}

async function auditAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  return okAnswer(await discloseAny(await room.ports.assurance.trail(MAX_TRAIL), viewer, room));
}

async function entryAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const at = request.query.get("at");
  if (at !== null && !/^\d{1,15}$/.test(at))
    throw new NarrowgateError("malformed_input", "at must be a whole number of at most 15 digits");
  const read = await room.ports.assurance.entry(idOf(request, "entry"), at === null ? undefined : Number(at));
  return okAnswer(await disclose(found(read, "entry"), viewer, room));
}
