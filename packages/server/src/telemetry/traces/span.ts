import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";

/** What an attribute may hold. */
export type AttributeValue = string | number | boolean | readonly string[];

/** A span of another trace, or of elsewhere in this one. */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

/** One span, ended. Ids in lower-case hex: 32 and 16 characters. */
export interface Span extends SpanLink {
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client";
  /** By `performance.now()`. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
  /** Why it failed, as `error.type`; absent when it did not. */
  readonly error?: string;
  readonly links?: readonly SpanLink[];
}

/** Trace id of a transaction: the 16 bytes it is named by. */
export function traceIdOf(txn: string): string {
  return Buffer.from(txn.slice(txn.lastIndexOf(".") + 1), "base64url").toString("hex");
}

/**
 * Span id out of a random id or digest of the log.
 * @param part - which eight bytes of it, from 0
 */
export function spanIdOf(id: string, part = 0): string {
  return Buffer.from(id, "base64url")
    .subarray(8 * part, 8 * part + 8)
    .toString("hex");
}

/** Span id of a token, by its `jti`: eight bytes of the name it has in the log. */
export function tokenSpanId(jti: string): string {
  return spanIdOf(sha256Base64url(jti));
}

const parent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/**
 * What a caller sent as `traceparent`, as something to link to.
 * Trust: chosen by the caller; never a parent, and it chooses no id of ours.
 * @returns undefined for anything that W3C Trace Context section 3.2 does not allow
 */
export function linkFrom(traceparent: string | undefined): SpanLink | undefined {
  const [, version, traceId = "", spanId = ""] = parent.exec(traceparent ?? "") ?? [];
  const isNothing = /^0*$/.test(traceId) || /^0*$/.test(spanId);
  return version === undefined || version === "ff" || isNothing ? undefined : { traceId, spanId };
}
