import { okAnswer } from "../platform/http/json-answer.ts";
import {
  type Answer,
  type ApiRequest,
  type ApiRoom,
  type ApiRoute,
  disclose,
  requireViewer,
} from "./api-route.ts";

const MAX_REFUSALS = 20;
/** Longest list of waiting calls in one answer; the oldest are shown. */
const MAX_WAITING = 200;

/** What the pages about the house itself read: what runs, what waits, what was refused. */
export const houseRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/api/overview", answer: overviewAnswer },
  { method: "GET", path: "/api/approvals", answer: waitingAnswer },
  { method: "GET", path: "/api/refusals", answer: refusalsAnswer },
];

/** Who approves needs to find what waits, whether or not she may read evidence. @throws `invalid_token`, `sign_in_refused` */
function requireInsider(request: ApiRequest, room: ApiRoom): void {
  if (!room.ports.house.isApprover(request.message.headers.cookie)) requireViewer(request, room);
}

async function overviewAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireInsider(request, room);
  return okAnswer(room.ports.house.overview());
}

/** What waits is the present, not evidence: nothing of it is opened, so no reading goes on record. */
async function waitingAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  requireInsider(request, room);
  const waiting = room.ports.house.waitingCalls();
  if (waiting === undefined) return okAnswer({ isSetUp: false, total: 0, approvals: [] });
  return okAnswer({ isSetUp: true, total: waiting.length, approvals: waiting.slice(0, MAX_WAITING) });
}

async function refusalsAnswer(request: ApiRequest, room: ApiRoom): Promise<Answer> {
  const viewer = requireViewer(request, room);
  const read = await room.ports.house.refusals(MAX_REFUSALS);
  const refusals = read === undefined ? [] : await disclose(read, viewer, room);
  return okAnswer({ refusals });
}
