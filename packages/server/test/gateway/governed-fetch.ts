import type { FetchLike } from "@modelcontextprotocol/client";
import { makeProof } from "./agent-key.ts";
import type { Composed } from "./composed-gateway.ts";

/** A fetch that adds the token and a fresh proof, as an agent's own client would. */
export function governedFetch(
  gate: Composed,
  token: string,
  options: { signBody?: boolean } = {},
): FetchLike {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    const url = new URL(input);
    url.search = "";
    const body = typeof init?.body === "string" && options.signBody === true ? { body: init.body } : {};
    headers.set("Authorization", `DPoP ${token}`);
    const method = init?.method ?? "GET";
    headers.set("DPoP", makeProof(gate.key, { method, url: url.href, token, nonce: gate.nonce(), ...body }));
    return fetch(input, { ...init, headers });
  };
}

/** One raw request, to say things no client would. */
export interface RawRequest {
  readonly token?: string;
  readonly method?: string;
  readonly body?: string | Uint8Array;
  /** A value of null removes the header. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly signBody?: boolean;
  readonly proof?: string | null;
  readonly signal?: AbortSignal;
}

export function send(gate: Composed, server: string, request: RawRequest): Promise<Response> {
  const url = gate.url(server);
  const method = request.method ?? "POST";
  const headers = new Headers({
    "Content-Type": "application/json",
    Accept: "application/json, text/event-stream",
  });
  if (request.token !== undefined) {
    const { token } = request;
    headers.set("Authorization", `DPoP ${token}`);
    const body = request.signBody === true && request.body !== undefined ? { body: request.body } : {};
    const proof = request.proof ?? makeProof(gate.key, { method, url, token, nonce: gate.nonce(), ...body });
    if (request.proof !== null) headers.set("DPoP", proof);
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return fetch(url, {
    method,
    headers,
    ...(request.body === undefined ? {} : { body: request.body as BodyInit }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}

/** A modern request, with its headers. */
export function modern(
  method: string,
  params: Record<string, unknown> = {},
  id: string | number = 1,
): Pick<RawRequest, "body"> & { readonly headers: Record<string, string> } {
  const name = params["name"] ?? params["uri"];
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const given = (params["_meta"] ?? {}) as object;
  return {
    body: JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: { ...meta, ...given } } }),
    headers: {
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Method": method,
      ...(typeof name === "string" ? { "Mcp-Name": name } : {}),
    },
  };
}
