import { NarrowgateError } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import {
  type Answer,
  type ApiRequest,
  type ApiRoom,
  type ApiRoute,
  disclose,
  requireViewer,
} from "./api-route.ts";

/** Versions in one answer; the newest. */
const MAX_VERSIONS = 100;
/** Agents that tests and analysis in the browser look at; the first by id. */
const MAX_AGENTS = 1000;

/**
 * Policies that are or were in force, and what is needed to look ahead in the browser. What comes out of a sealed part (the
 * files of a version, who proposed it, texts of overlays, inputs of decisions) goes on record as read.
 */
export const policiesRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/api/policies", answer: versionsAnswer },
  { method: "GET", path: "/api/policies/{version}", answer: versionAnswer },
  { method: "GET", path: "/api/policy-shadow", answer: shadowAnswer },
  { method: "GET", path: "/api/policy-surroundings", answer: surroundingsAnswer },
  { method: "GET", path: "/api/decisions", answer: decisionsAnswer },
  { method: "GET", path: "/api/overlays", answer: overlaysAnswer },
];

async function versionsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireViewer(request, room);
  return okAnswer(await room.ports.policies.versions(MAX_VERSIONS));
}

function readVersion({ params }: ApiRequest): number {
  const text = params.get("version") ?? "";
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new NarrowgateError("not_found", "there is no such version of the policies");
}

async function versionAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const { policies } = room.ports;
  const version = readVersion(request);
  const read = await policies.version(version);
  if (read === undefined) throw new NarrowgateError("not_found", "there is no such version of the policies");
  const proposed = await policies.author(version);
  const found = await disclose(read, viewer, room);
  const author = proposed === undefined ? {} : { author: await disclose(proposed, viewer, room) };
  return okAnswer({ ...found, ...author });
}

async function shadowAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireViewer(request, room);
  return okAnswer(room.ports.policies.shadow());
}

async function surroundingsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireViewer(request, room);
  return okAnswer(room.ports.policies.surroundings(MAX_AGENTS));
}

async function overlaysAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.policies.overlays();
  return okAnswer(read.count === 0 ? read.content : await disclose(read, viewer, room));
}

function readWhole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new NarrowgateError("malformed_input", `${name} must be a whole number of at most 15 digits`);
  return Number(text);
}

async function decisionsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const from = readWhole(request.query, "from");
  const sinceMs = readWhole(request.query, "since") ?? 0;
  const page = { sinceMs, ...(from === undefined ? {} : { from }) };
  const read = await room.ports.policies.decisions(page);
  return okAnswer(read.count === 0 ? read.content : await disclose(read, viewer, room));
}
