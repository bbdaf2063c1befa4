import type { IncomingMessage, ServerResponse } from "node:http";
import { isOwnOrigin } from "../platform/http/check-origin.ts";
import { errorAnswer, sendBytes, sendJson, thrownAnswer } from "../platform/http/json-answer.ts";
import { answerApi } from "./answer-api.ts";
import type { ApiRoom } from "./api-route.ts";
import { type BuiltFile, INDEX_PATH, readBuiltFiles } from "./built-files.ts";
import { setPageHeaders } from "./page-headers.ts";
import type { PagesPorts } from "./ports.ts";
import { ViewerSessions } from "./viewer-sessions.ts";

/** The console and what it reads. */
export interface Pages {
  /** Whether a path (without query) is one of ours; everything else belongs to other rooms. */
  owns(path: string): boolean;
  /** Answers one request. Never throws; the answer is always ended. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** Addresses inside the console; all are the same page. */
const pagePaths =
  /^\/(?:verify|transactions|inbox|people|consents|audit|drills|readiness|releases(?:\/[\w-]{22})?|entries\/[\w-]{22}(?:\.\d{1,15})?|policies(?:\/(?:editor|[1-9]\d{0,8}))?|agents(?:\/[\w.-]{1,128}(?:\/readiness)?)?|txn\/[\w.-]{1,128})?$/;
const ownFolders = /^\/(?:api|assets|worker)\//;

const NOT_BUILT = Buffer.from(
  "The console is not built. Run `npm run build -w packages/console`, and start this instance again.\n",
);

/** Whether gzip is among the accepted codings, and not with weight zero. */
function acceptsGzip({ headers }: IncomingMessage): boolean {
  return /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0{1,3})?(?:[\s,]|$))/i.test(
    String(headers["accept-encoding"] ?? ""),
  );
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: BuiltFile): void {
  setPageHeaders(response, file.kind);
  const { bytes, gzipBytes, hashed, contentType } = file;
  const compressed = acceptsGzip(request) ? gzipBytes : undefined;
  const body = compressed ?? bytes;
  response.writeHead(200, {
    "cache-control": hashed ? "public, max-age=31536000, immutable" : "no-cache",
    "content-length": String(body.length),
    "content-type": contentType,
    ...(gzipBytes === undefined ? {} : { vary: "accept-encoding" }),
    ...(compressed === undefined ? {} : { "content-encoding": "gzip" }),
  });
  response.end(body);
}

function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  { files, path }: { readonly files: ReadonlyMap<string, BuiltFile>; readonly path: string },
): void {
  setPageHeaders(response, "document");
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") {
    sendJson(response, { ...errorAnswer("method_not_allowed"), headers: { allow: "GET, HEAD" } });
    return;
  }
  const isPage = pagePaths.test(path);
  const file = files.get(isPage ? INDEX_PATH : path);
  if (file !== undefined) sendFile(request, response, file);
  else if (isPage)
    sendBytes(response, { status: 503, bytes: NOT_BUILT, contentType: "text/plain; charset=utf-8" });
  else sendJson(response, errorAnswer("not_found"));
}

async function sendApi(request: IncomingMessage, response: ServerResponse, room: ApiRoom): Promise<void> {
  setPageHeaders(response, "data");
  const answer = await answerApi(request, room).catch((error: unknown) => {
    const thrown = thrownAnswer(error);
    if (thrown.status >= 500) room.ports.report(error);
    return thrown;
  });
  if ("bytes" in answer) sendBytes(response, answer);
  else sendJson(response, answer);
}

/**
 * Serves the built console under a strict content security policy, and the transactions to signed-in viewers.
 * The build is read once, here. Viewers sign in with a short code typed by hand; sessions are in memory.
 */
export function createPages(ports: PagesPorts): Pages {
  const files = readBuiltFiles(ports.distDirectory);
  const room = { ports, sessions: new ViewerSessions(ports.clock, ports.baseUrl) };
  return {
    owns: (path) => pagePaths.test(path) || ownFolders.test(path),
    handle(request, response) {
      const [path = "/"] = (request.url ?? "/").split("?", 1);
      if (!isOwnOrigin(request, new URL(ports.baseUrl).origin)) {
        setPageHeaders(response, "data");
        sendJson(response, errorAnswer("origin_refused"));
      } else if (path.startsWith("/api/")) {
        sendApi(request, response, room).catch(ports.report);
      } else {
        sendPage(request, response, { files, path });
      }
    },
  };
}
