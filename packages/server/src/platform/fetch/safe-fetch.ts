import { lookup } from "node:dns/promises";
import type { JsonValue } from "@narrowgate/kernel";
import { type CheckedTarget, checkTarget, type Resolve, type TargetRules } from "./check-target.ts";
import { fetchFailed } from "./fetch-errors.ts";
import { exchange, getJsonFrom, type PlainAnswer, type PlainRequest } from "./get-json.ts";

/** Longest that a fetch may take, name resolution and body included, in milliseconds. */
export const FETCH_DEADLINE_MS = 5000;

/** Where may be fetched from, beside public https addresses. From configuration only. */
export interface FetchRules extends TargetRules {
  /** Certificates (PEM) trusted beside those of the runtime, for issuers with a private authority. */
  readonly extraCertificates?: readonly string[];
  /** Default {@link FETCH_DEADLINE_MS}. */
  readonly deadlineMs?: number;
}

/** Fetches JSON documents that others publish. */
export interface JsonFetcher {
  /**
   * Trust: `url` comes from configuration or from a document that an issuer signed for; the answer is attacker-controlled.
   * @throws NarrowgateError `fetch_refused` (where it points), `fetch_failed` (what came of it)
   */
  getJson(url: string): Promise<JsonValue>;
}

const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

async function withinDeadline<T>(work: (signal: AbortSignal) => Promise<T>, deadlineMs: number): Promise<T> {
  const signal = AbortSignal.timeout(deadlineMs);
  const expired = Promise.withResolvers<never>();
  const onAbort = (): void => expired.reject(fetchFailed("the document took too long"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    // Name resolution cannot be aborted, so the deadline runs beside it.
    return await Promise.race([work(signal), expired.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * The one way out to addresses that are not fixed in the configuration's own endpoints: JSON by GET, https, no redirect,
 * no proxy, no special-use address, the checked address pinned for the connection; bounded in size and time.
 * Concurrent fetches of one URL share one request; nothing is kept afterwards, failures neither.
 * @param resolve - name resolution; default is the system's
 */
export function createSafeFetch(rules: FetchRules, resolve: Resolve = systemResolve): JsonFetcher {
  const underWay = new Map<string, Promise<JsonValue>>();
  const fetchOnce = (url: string): Promise<JsonValue> =>
    withinDeadline(async (signal) => {
      const target: CheckedTarget = await checkTarget(url, rules, resolve);
      return getJsonFrom(target, rules.extraCertificates ?? [], signal);
    }, rules.deadlineMs ?? FETCH_DEADLINE_MS);
  return {
    getJson(url) {
      const running = underWay.get(url);
      if (running !== undefined) return running;
      const started = fetchOnce(url).finally(() => underWay.delete(url));
      underWay.set(url, started);
      return started;
    },
  };
}

/** Sends one request by the same rules. @throws NarrowgateError `fetch_refused`, `fetch_failed` */
export type SafeExchange = (url: string, request: PlainRequest) => Promise<PlainAnswer>;

/**
 * The same way out for a protocol that does more than read JSON, such as a sign-in at a provider: any method, any status,
 * nothing shared between callers.
 */
export function createSafeExchange(rules: FetchRules, resolve: Resolve = systemResolve): SafeExchange {
  return (url, request) =>
    withinDeadline(async (signal) => {
      const target = await checkTarget(url, rules, resolve);
      return exchange(target, request, { extraCertificates: rules.extraCertificates ?? [], signal });
    }, rules.deadlineMs ?? FETCH_DEADLINE_MS);
}
