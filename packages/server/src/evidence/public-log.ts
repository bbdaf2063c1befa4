import { NarrowgateError } from "@narrowgate/kernel";
import { encodeEntryBundle, parseTilePath, tileWidth } from "@narrowgate/tlog";
import type { Evidence } from "./evidence.ts";
import { readTile } from "./tree-edge.ts";

/** An answer of the public log: bytes and headers, for whichever server carries it. */
export interface LogAnswer {
  readonly status: 200 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Longest path that can name a tile; anything longer is refused unread. */
const MAX_PATH = 128;
const SECURE = { "x-content-type-options": "nosniff", "access-control-allow-origin": "*" };
const NOT_FOUND: LogAnswer = {
  status: 404,
  headers: { ...SECURE, "cache-control": "no-store", "content-type": "text/plain; charset=utf-8" },
  body: Buffer.from("not found\n", "utf8"),
};

function found(body: Uint8Array, contentType: string, cacheControl: string): LogAnswer {
  return {
    status: 200,
    headers: { ...SECURE, "content-type": contentType, "cache-control": cacheControl },
    body,
  };
}

/** The newest checkpoint, with cosignatures when witnesses have seen that very one. */
function checkpointNote({ publisher }: Evidence): string | undefined {
  const { published, witnessed } = publisher;
  if (published === undefined) return undefined;
  return witnessed?.size === published.size ? witnessed.note : published.note;
}

async function answerTile(evidence: Evidence, path: string): Promise<LogAnswer> {
  const tile = parseTilePath(path);
  // INVARIANT: only what a published checkpoint covers is served, and no entries: those are for auditors (E-2).
  const size = evidence.publisher.published?.size ?? 0;
  if (tile === undefined || tile.level === "entries") return NOT_FOUND;
  const hashes = Math.floor(size / tileWidth ** tile.level);
  if (tile.index * tileWidth + tile.width > hashes) return NOT_FOUND;
  const body = await readTile(evidence.store, evidence.edge, tile);
  return found(body, "application/octet-stream", "public, max-age=31536000, immutable");
}

/**
 * Answers the public part of the log: `checkpoint` and `tile/<level>/<index>[.p/<width>]`.
 * Trust: `path` is attacker-controlled; it is what follows `/log/<writer id>/`, undecoded and without query.
 * @throws what the store throws
 * @see docs/spec/evidence.md E-2; C2SP tlog-tiles
 */
export async function answerPublicLog(evidence: Evidence, path: string): Promise<LogAnswer> {
  if (path.length > MAX_PATH) return NOT_FOUND;
  if (path !== "checkpoint") return answerTile(evidence, path);
  const note = checkpointNote(evidence);
  if (note === undefined) return NOT_FOUND;
  return found(Buffer.from(note, "utf8"), "text/plain; charset=utf-8", "no-cache");
}

/** Who reads entries. The caller has authenticated the auditor. */
export interface AuditorRequest {
  /** Ref of the auditor. */
  readonly auditor: string;
  /** The auditor's signed request, kept in the `read` leaf. */
  readonly request: string;
}

/**
 * Gives an authenticated auditor one entry bundle (up to 256 leaves).
 * Guarantee: the `read` leaf is durable before the first byte is given out (E-2).
 * @param index - of the bundle; @param width - 1 to 256
 * @throws `not_found` when the published log does not have it; `evidence_unavailable`
 */
export async function readEntryBundle(
  evidence: Evidence,
  { index, width }: { readonly index: number; readonly width: number },
  { auditor, request }: AuditorRequest,
): Promise<Uint8Array> {
  const from = index * tileWidth;
  const size = evidence.publisher.published?.size ?? 0;
  if (width < 1 || width > tileWidth || !Number.isSafeInteger(from) || from < 0 || from + width > size) {
    throw new NarrowgateError("not_found", "there is no such entry bundle");
  }
  const body = { auditor, from, count: width, what: "entries" };
  await evidence.record([{ type: "read", body, proof: { request } }]).durable;
  const rows = await evidence.store.entries(from, width);
  return encodeEntryBundle(rows.map(({ leaf }) => leaf));
}
