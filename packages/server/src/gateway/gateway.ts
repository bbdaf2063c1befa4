import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import {
  catalogueError,
  ERROR_CATALOGUE,
  type RevocationListener,
  type ServerRecord,
} from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject } from "@narrowgate/kernel";
import { type AnswerChannel, openAnswerChannel } from "./http/answer-channel.ts";
import { readHeaders } from "./http/read-headers.ts";
import { resourceMetadata, rootMetadataPath } from "./http/resource-metadata.ts";
import { writeRefusal } from "./http/write-refusal.ts";
import { createListCursors } from "./mcp/list-cursors.ts";
import { createSessions } from "./mcp/sessions.ts";
import { createPipeline } from "./pipeline.ts";
import type { GatewayDeps } from "./ports.ts";
import { type Refusal, refuse, toErrorCode } from "./refusal.ts";
import type { GatewayRoom } from "./room.ts";
import { seeCall } from "./see-call.ts";
import { createCallLedger } from "./spend/call-ledger.ts";
import type { Exchange } from "./stages.ts";
import { authenticateCaller } from "./steps/authenticate-caller.ts";
import { checkDoor } from "./steps/receive-request.ts";
import { recordRefusal } from "./steps/record-refusal.ts";
import { createRefusalBudget } from "./steps/refusal-budget.ts";
import { createLiveStreams } from "./streams/live-streams.ts";
import { openStream } from "./streams/open-stream.ts";
import { createShares } from "./streams/shares.ts";
import { removeStaleHomes } from "./upstream/stdio/stale-homes.ts";
import { createUpstreamPool } from "./upstream/upstream-pool.ts";

/** A definition an upstream states now, for an operator to approve. */
export interface LearntPin {
  readonly kind: "tool" | "prompt" | "resource";
  readonly name: string;
  readonly digest: string;
  readonly definition: JsonObject;
}

/** The gate. Mounted at `/mcp/{server}` and at the addresses of its metadata (RFC 9728). */
export interface Gateway {
  /** Answers one request whose path is the gate's; never throws. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** Ends streams and calls below what was revoked. */
  readonly revocations: RevocationListener;
  /**
   * What an upstream states now, for everything registered of it.
   * Trust: the upstream wrote it; an operator reads it before it becomes a pin. Why a server does not answer is in the
   * message of the error, which is for operators too.
   * @throws NarrowgateError `upstream_unavailable`, `upstream_malformed`, `upstream_timeout`, `posture_refused`
   */
  learnPins(server: ServerRecord): Promise<readonly LearntPin[]>;
  /** Streams and calls in flight. */
  live(): number;
  /** Ends every stream, call and child. */
  close(): Promise<void>;
}

const serverPath = /^\/mcp\/([A-Za-z0-9_-][A-Za-z0-9._-]{0,127})$/;
const emptyBody = new Uint8Array();

function openExchange(
  deps: GatewayDeps,
  req: IncomingMessage,
  channel: AnswerChannel,
  server: ServerRecord,
): Exchange {
  return {
    req,
    headers: readHeaders(req.rawHeaders),
    channel,
    server,
    url: `${deps.baseUrl}/mcp/${server.id}`,
    known: { era: "earlier" },
    ...(deps.watch === undefined ? {} : { times: { startedMs: performance.now(), steps: [] } }),
  };
}

/** Requests of the earlier era that carry no message: GET opens the session's stream, DELETE ends the session. */
async function handleBodiless(
  room: GatewayRoom,
  exchange: Exchange,
  res: ServerResponse,
): Promise<Refusal | undefined> {
  const { deps } = room;
  const { headers, req, server, channel } = exchange;
  const door = checkDoor(headers, deps.allowedOrigins);
  if (door !== undefined) return door;
  const sessionId = headers.get("mcp-session-id");
  // In the modern era there is nothing but POST.
  if (sessionId === undefined || headers.get("mcp-method") !== undefined) return refuse("method_not_allowed");
  const caller = await authenticateCaller(deps, exchange, emptyBody);
  if ("kind" in caller) return caller;
  const session = room.sessions.find(sessionId, server.id, caller.claims);
  if (session === undefined)
    return refuse("not_found", { sentence: "There is no such session; initialize again." });
  if (req.method === "GET") return openStream(room, exchange, { caller, session }, res);
  room.sessions.close(sessionId);
  channel.finish(204, undefined);
  return undefined;
}

function createRoom(deps: GatewayDeps): GatewayRoom {
  return {
    deps,
    pool: createUpstreamPool(deps),
    sessions: createSessions(deps.clock, deps.limits),
    cursors: createListCursors(),
    live: createLiveStreams(deps.clock, deps.epochs),
    refusals: createRefusalBudget(deps.clock, deps.limits.refusalsPerCaller),
    ledger: createCallLedger(deps.state),
    streamShares: createShares(deps.limits.streamsPerCaller),
    callShares: createShares(deps.limits.callsPerCaller),
  };
}

async function learnPins(room: GatewayRoom, server: ServerRecord): Promise<readonly LearntPin[]> {
  const { live } = room.pool.get(server);
  live.forget();
  const view = await live.current();
  if (view.kind === "failed") throw catalogueError(view.code, view.why);
  const wanted = [
    ...server.tools.map(({ name }) => ({ kind: "tool", name }) as const),
    ...server.prompts.map(({ name }) => ({ kind: "prompt", name }) as const),
    ...server.resources.map(({ name }) => ({ kind: "resource", name }) as const),
  ];
  return wanted.flatMap(({ kind, name }) => {
    const found = view.find(kind, name);
    return found === undefined ? [] : [{ kind, name, ...found }];
  });
}

/** Answers the metadata of one server or of the gate; undefined when the path is another. */
function metadataFor(deps: GatewayDeps, path: string): JsonObject | undefined {
  if (path === rootMetadataPath) return resourceMetadata(deps.baseUrl, deps.issuer);
  if (!path.startsWith(`${rootMetadataPath}/mcp/`)) return undefined;
  const server = findServer(deps, path.slice(rootMetadataPath.length));
  return server === undefined ? undefined : resourceMetadata(deps.baseUrl, deps.issuer, server);
}

function findServer(deps: GatewayDeps, path: string): ServerRecord | undefined {
  const server = deps.registry.server(serverPath.exec(path)?.[1] ?? "");
  return server?.state === "active" ? server : undefined;
}

/** Makes a gate. Upstreams start when they are first needed. */
export function createGateway(deps: GatewayDeps): Gateway {
  removeStaleHomes(tmpdir());
  const room = createRoom(deps);
  const run = createPipeline(room);

  const answerRefusal = (exchange: Exchange, refusal: Refusal): void => {
    const recorded = recordRefusal(room, exchange, refusal);
    const context = { exchange, baseUrl: deps.baseUrl, nonce: () => deps.proofs.nonce() };
    const { status, message, headers } = writeRefusal(recorded.refusal, { ...context, ...recorded });
    const allow = refusal.code === "method_not_allowed" ? { Allow: "POST" } : {};
    exchange.channel.finish(status, message, { ...headers, ...allow });
  };
  const serve = async (exchange: Exchange, res: ServerResponse): Promise<void> => {
    const { req, channel } = exchange;
    if (req.method === "POST") {
      const { status, message, headers } = await run(exchange);
      channel.finish(status, message, headers);
      return;
    }
    const isKnown = req.method === "GET" || req.method === "DELETE";
    const refusal = isKnown ? await handleBodiless(room, exchange, res) : refuse("method_not_allowed");
    if (refusal === undefined) return;
    answerRefusal(exchange, refusal);
    seeCall(deps.watch, exchange, refusal.code);
  };

  return {
    revocations: room.live,
    live: () => room.live.size(),
    learnPins: (server) => learnPins(room, server),
    async close() {
      room.live.endAll();
      await room.pool.close();
    },
    handle(req, res) {
      const channel = openAnswerChannel(res, req.headers.accept);
      const path = req.url ?? "";
      const metadata = metadataFor(deps, path);
      if (metadata !== undefined) {
        const isRead = req.method === "GET" || req.method === "HEAD";
        channel.finish(isRead ? 200 : 405, isRead ? metadata : undefined);
        return;
      }
      const server = findServer(deps, path);
      if (server === undefined) {
        channel.finish(404, { error: "not_found" });
        return;
      }
      serve(openExchange(deps, req, channel, server), res).catch((cause: unknown) => {
        const code = isNarrowgateError(cause) ? toErrorCode(cause.code) : "internal_error";
        deps.reports.report({ kind: "failure", server: server.id, detail: code, cause });
        channel.finish(ERROR_CATALOGUE[code].http, { error: code });
      });
    },
  };
}
