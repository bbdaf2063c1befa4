import type { AccessTokenClaims, EpochReader, RevocationListener } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";

/** Why something that was live has to end. */
export type EndReason = "revoked" | "expired";

/** Everything that outlives the check of its token: streams, and calls in flight. They end with what they rest on. */
export interface LiveStreams extends RevocationListener {
  /** Watches until the returned function is called. `end` is called at most once. */
  watch(claims: AccessTokenClaims, end: (reason: EndReason) => void): () => void;
  size(): number;
  /** Ends all, for the end of the process. */
  endAll(): void;
}

interface Live {
  readonly end: (reason: EndReason) => void;
  readonly forget: () => void;
}

/** Makes an empty set. */
export function createLiveStreams(clock: Clock, epochs: EpochReader): LiveStreams {
  const all = new Set<Live>();
  const byRef = new Map<string, Set<Live>>();

  const forgetRefs = (refs: readonly string[], live: Live): void => {
    for (const ref of refs) {
      const set = byRef.get(ref);
      set?.delete(live);
      if (set?.size === 0) byRef.delete(ref);
    }
  };
  const finish = (lives: Iterable<Live>, reason: EndReason): void => {
    for (const live of [...lives]) {
      if (!all.has(live)) continue;
      live.forget();
      live.end(reason);
    }
  };

  return {
    watch(claims, end) {
      const refs = claims.ng.epochs.map(([ref]) => ref);
      const remainingMs = Math.max(0, claims.exp * 1000 - clock.nowMs());
      const timer = setTimeout(() => finish([live], "expired"), remainingMs);
      const forget = (): void => {
        clearTimeout(timer);
        all.delete(live);
        forgetRefs(refs, live);
      };
      const live: Live = { end, forget };
      all.add(live);
      for (const ref of refs) {
        const set = byRef.get(ref) ?? new Set();
        byRef.set(ref, set.add(live));
      }
      // A revocation between the check of the token and this turn was announced to nobody.
      if (epochs.firstDead(claims.ng.epochs) !== undefined) queueMicrotask(() => finish([live], "revoked"));
      return forget;
    },
    onRevoked(kindRef) {
      finish(kindRef === "all" || kindRef.startsWith("all:") ? all : (byRef.get(kindRef) ?? []), "revoked");
    },
    size: () => all.size,
    endAll: () => finish(all, "expired"),
  };
}
