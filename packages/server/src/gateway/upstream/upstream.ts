import type { AccessTokenClaims, ErrorCode } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { RpcError } from "../mcp/json-rpc.ts";

/** The two shapes of the protocol: per-request metadata (2026-07-28), or a session opened by `initialize`. */
export type Era = "modern" | "earlier";

/** What an upstream says of itself. Trust: the upstream wrote it. */
export interface UpstreamFacts {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly serverInfo: JsonObject;
  readonly instructions?: string;
}

/** A request whose bytes are fixed, so that they can be put on record before they leave. */
export interface Prepared {
  readonly id: number;
  readonly method: string;
  /** Canonical JSON. */
  readonly bytes: Uint8Array;
}

/** Whose request it is, for upstreams that are told. */
export interface OnBehalf {
  /** Of the agent's token: who the caller is. */
  readonly claims: AccessTokenClaims;
  /** The gate's own token for this call; never the agent's. */
  readonly token: string;
}

/** How a request is sent. */
export interface SendOptions {
  readonly timeoutMs: number;
  /** Aborting cancels the call at the upstream. */
  readonly signal?: AbortSignal;
  /** Progress of this call; the gate puts the caller's own token back. */
  readonly onProgress?: (params: JsonObject) => void;
  readonly onBehalf?: OnBehalf;
  /** Headers that mirror arguments, for a modern upstream over HTTP. */
  readonly mirrored?: Readonly<Record<string, string>>;
}

/** How a call ended. `failed` = no answer that can be used; what it did is not known. */
export type UpstreamReply =
  | { readonly kind: "result"; readonly result: JsonObject }
  | { readonly kind: "error"; readonly error: RpcError }
  | { readonly kind: "failed"; readonly code: ErrorCode }
  | { readonly kind: "cancelled" };

/** Something an upstream says of its own accord. */
export type UpstreamEvent =
  | { readonly kind: "list_changed"; readonly list: "tools" | "prompts" | "resources" }
  | { readonly kind: "restarted" };

/** Notifications that say a list has changed. */
export const listChanges: ReadonlyMap<string, "tools" | "prompts" | "resources"> = new Map([
  ["notifications/tools/list_changed", "tools"],
  ["notifications/prompts/list_changed", "prompts"],
  ["notifications/resources/list_changed", "resources"],
]);

/** An upstream that cannot take calls. */
export interface Unready {
  readonly kind: "failed";
  readonly code: ErrorCode;
  /** What is the matter, for operators alone; a caller of the gate reads the code. */
  readonly why?: string;
}

/** One upstream server, shared by all callers. */
export interface Upstream {
  /**
   * Waits until the upstream can take calls.
   * @returns its facts, or the code that says why not
   */
  ready(): Promise<UpstreamFacts | Unready>;
  /** Fixes the bytes of a request. `params` are in the upstream's own era, without progress token. */
  prepare(method: string, params: JsonObject, wantsProgress: boolean): Prepared;
  /** Sends what was prepared, once. Never rejects. */
  send(prepared: Prepared, options: SendOptions): Promise<UpstreamReply>;
  /** @returns a function that ends the listening */
  onEvent(listener: (event: UpstreamEvent) => void): () => void;
  /** Ends it, with every process it started. */
  close(): Promise<void>;
}
