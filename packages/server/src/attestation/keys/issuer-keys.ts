import type { TrustedIssuer } from "@narrowgate/contracts";
import { type Clock, isNarrowgateError, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import type { JsonFetcher } from "../../platform/fetch/safe-fetch.ts";
import { type KeySet, parseKeySet, selectKey, type VerificationKey, type WantedKey } from "./key-set.ts";

/** Keys are looked up again after this time, unless a SPIFFE bundle asks for another. */
export const REFRESH_MS: number = 10 * 60_000;
/** Keys that could not be refreshed for this long verify nothing. */
export const MAX_AGE_MS: number = 3_600_000;
/** A token with an unknown key causes at most one look-up in this time. */
export const UNKNOWN_KEY_MS = 30_000;
/** After a look-up that failed, the next one waits at least this long. */
export const RETRY_MS = 1000;
const MIN_REFRESH_MS = 30_000;

/** The keys of trusted issuers. */
export interface IssuerKeys {
  /**
   * The key a token asks for, if this issuer has it now.
   * @throws `fetch_refused`, `fetch_failed` when the keys cannot be had
   */
  find(issuer: TrustedIssuer, wanted: WantedKey): Promise<VerificationKey | undefined>;
}

/** What is known of one version of an issuer's record. */
interface Held {
  readonly entry: string;
  set: KeySet | undefined;
  fetchedMs: number;
  triedMs: number;
  running: Promise<void> | undefined;
}

function failed(detail: string): NarrowgateError {
  return new NarrowgateError("fetch_failed", "the issuer's keys could not be fetched", { detail });
}

function memberText(document: JsonValue, name: string): string | undefined {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return undefined;
  const value: unknown = Object.hasOwn(document, name) ? Reflect.get(document, name) : undefined;
  return typeof value === "string" ? value : undefined;
}

/** Where the keys are: the record says, or the issuer's own discovery document. Never the token. */
async function keyAddress(issuer: TrustedIssuer, fetcher: JsonFetcher): Promise<string> {
  if (issuer.jwksUri !== undefined) return issuer.jwksUri;
  if (issuer.issuer.startsWith("spiffe:")) throw failed("a trust domain needs its bundle address");
  const document = await fetcher.getJson(
    `${issuer.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
  );
  // Byte for byte (OpenID Connect Discovery section 4.3): else one host could speak for another issuer.
  if (memberText(document, "issuer") !== issuer.issuer) throw failed("discovery names another issuer");
  const address = memberText(document, "jwks_uri");
  if (address === undefined) throw failed("discovery names no keys");
  return address;
}

function refreshMs({ refreshHintS }: KeySet): number {
  if (refreshHintS === undefined || refreshHintS === 0) return REFRESH_MS;
  return Math.min(Math.max(refreshHintS * 1000, MIN_REFRESH_MS), MAX_AGE_MS);
}

function readSet(document: JsonValue): KeySet {
  try {
    return parseKeySet(document);
  } catch (error) {
    throw isNarrowgateError(error) ? failed(error.publicMessage) : error;
  }
}

/** Keeps the keys of issuers fresh: refreshed in time and on an unknown key, never used when stale. */
export function createIssuerKeys(deps: { readonly clock: Clock; readonly fetcher: JsonFetcher }): IssuerKeys {
  const { clock, fetcher } = deps;
  const byIssuer = new Map<string, Held>();
  const heldFor = ({ issuer, entry }: TrustedIssuer): Held => {
    const known = byIssuer.get(issuer);
    // A changed record (other keys, other address) starts anew: what was fetched under the old one is forgotten.
    if (known?.entry === entry) return known;
    const never = Number.NEGATIVE_INFINITY;
    const held: Held = { entry, set: undefined, fetchedMs: never, triedMs: never, running: undefined };
    byIssuer.set(issuer, held);
    return held;
  };
  const fetchSet = async (issuer: TrustedIssuer, held: Held): Promise<void> => {
    held.triedMs = clock.nowMs();
    const set = readSet(await fetcher.getJson(await keyAddress(issuer, fetcher)));
    // A bundle older than the one we have would bring removed keys back.
    if ((set.sequence ?? 0) < (held.set?.sequence ?? 0))
      throw failed("the bundle is older than the last one");
    held.set = set;
    held.fetchedMs = clock.nowMs();
  };
  const refresh = (issuer: TrustedIssuer, held: Held): Promise<void> => {
    held.running ??= fetchSet(issuer, held).finally(() => {
      held.running = undefined;
    });
    return held.running;
  };
  const age = ({ fetchedMs }: Held): number => {
    const ms = clock.nowMs() - fetchedMs;
    // A clock that was set back tells nothing about age.
    return ms < 0 ? Number.POSITIVE_INFINITY : ms;
  };
  const usable = (held: Held): KeySet | undefined => (age(held) <= MAX_AGE_MS ? held.set : undefined);
  const freshSet = async (issuer: TrustedIssuer, held: Held): Promise<KeySet> => {
    const isDue = held.set === undefined || age(held) > refreshMs(held.set);
    const mayTry = held.running !== undefined || Math.abs(clock.nowMs() - held.triedMs) >= RETRY_MS;
    if (isDue && mayTry) {
      await refresh(issuer, held).catch((error: unknown) => {
        if (usable(held) === undefined) throw error;
      });
    }
    const set = usable(held);
    if (set === undefined) throw failed("no fresh keys");
    return set;
  };
  return {
    async find(issuer, wanted) {
      if (issuer.jwks !== undefined) {
        const held = heldFor(issuer);
        held.set ??= readSet(issuer.jwks);
        return selectKey(held.set, wanted);
      }
      const held = heldFor(issuer);
      const found = selectKey(await freshSet(issuer, held), wanted);
      if (found !== undefined || Math.abs(clock.nowMs() - held.triedMs) < UNKNOWN_KEY_MS) return found;
      await refresh(issuer, held).catch(() => undefined);
      const set = usable(held);
      return set === undefined ? undefined : selectKey(set, wanted);
    },
  };
}
