import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import { isNarrowgateError, type JsonValue, parseStrictJson } from "@narrowgate/kernel";
import type { CheckedTarget, ResolvedAddress } from "./check-target.ts";
import { fetchFailed } from "./fetch-errors.ts";

/** Largest document that is read, in bytes. */
export const MAX_DOCUMENT_BYTES: number = 256 * 1024;
const JSON_TYPE = /^application\/(?:[a-z0-9][a-z0-9.-]*\+)?json(?:\s*;|$)/i;

/** Name resolution for the connection: nothing but the addresses that were checked. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family ?? 4);
  };
}

function optionsFor(
  { url, addresses }: CheckedTarget,
  extraCertificates: readonly string[],
  signal: AbortSignal,
): RequestOptions {
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  const secure = url.protocol === "https:";
  const ca = extraCertificates.length === 0 ? {} : { ca: [...getCACertificates(), ...extraCertificates] };
  // An agent of our own, made for one request: the process-wide one may have been told to use a proxy.
  const agent = secure ? new HttpsAgent({ keepAlive: false, ...ca }) : new HttpAgent({ keepAlive: false });
  return {
    agent,
    method: "GET",
    host,
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    lookup: pinned(addresses),
    signal,
    headers: { accept: "application/json, application/*+json", "accept-encoding": "identity" },
    // An address is no server name (RFC 6066 section 3); the certificate is checked against it all the same.
    ...(secure && isIP(host) === 0 ? { servername: host } : {}),
  };
}

function send(target: CheckedTarget, options: RequestOptions, body = ""): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = target.url.protocol === "https:" ? httpsRequest : httpRequest;
    start(options, resolve).on("error", reject).end(body);
  });
}

function checkHead(response: IncomingMessage): void {
  const { statusCode, headers } = response;
  if (statusCode !== 200) throw fetchFailed(`answered ${String(statusCode)}`);
  if (!JSON_TYPE.test(headers["content-type"] ?? ""))
    throw fetchFailed("the document is not JSON by its type");
  if ((headers["content-encoding"] ?? "identity") !== "identity")
    throw fetchFailed("the document is encoded");
  if (Number(headers["content-length"] ?? "0") > MAX_DOCUMENT_BYTES)
    throw fetchFailed("the document is too large");
}

async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes: Buffer = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_DOCUMENT_BYTES) throw fetchFailed("the document is too large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * Gets a document from a checked target. A redirect is an answer like any other that is not 200: it is not followed.
 * Trust: everything that comes back is attacker-controlled.
 * @throws `fetch_failed`
 */
export async function getJsonFrom(
  target: CheckedTarget,
  extraCertificates: readonly string[],
  signal: AbortSignal,
): Promise<JsonValue> {
  let response: IncomingMessage | undefined;
  try {
    response = await send(target, optionsFor(target, extraCertificates, signal));
    checkHead(response);
    return parseStrictJson(await readBody(response), { maxBytes: MAX_DOCUMENT_BYTES, maxDepth: 16 });
  } catch (error) {
    if (isNarrowgateError(error) && error.code === "fetch_failed") throw error;
    throw fetchFailed("the document could not be read", error);
  } finally {
    response?.destroy();
  }
}

/** What is sent to a checked target. */
export interface PlainRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back, of whatever status; a redirect is not followed. */
export interface PlainAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * Sends a request to a checked target and reads the answer, bounded in size.
 * Trust: everything that comes back is attacker-controlled.
 * @throws `fetch_failed`
 */
export async function exchange(
  target: CheckedTarget,
  { method, headers, body }: PlainRequest,
  {
    extraCertificates,
    signal,
  }: { readonly extraCertificates: readonly string[]; readonly signal: AbortSignal },
): Promise<PlainAnswer> {
  const options = optionsFor(target, extraCertificates, signal);
  const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
  let response: IncomingMessage | undefined;
  try {
    response = await send(
      target,
      { ...options, method, headers: { ...headers, ...length, "accept-encoding": "identity" } },
      body,
    );
    const contentType = response.headers["content-type"] ?? "";
    return { status: response.statusCode ?? 0, contentType, body: await readBody(response) };
  } catch (error) {
    if (isNarrowgateError(error) && error.code === "fetch_failed") throw error;
    throw fetchFailed("the answer could not be read", error);
  } finally {
    response?.destroy();
  }
}
