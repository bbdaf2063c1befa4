import type { GrantedToken } from "./token-client.ts";

/** Renew this long before a token ends, so that none expires on the way. */
const EARLY_MS = 20_000;

/** Tokens by resource, renewed before they end; concurrent callers share one request. */
export interface TokenSource {
  token(resource: string): Promise<string>;
  /** Forgets the token of a resource, after the gate refused it. */
  forget(resource: string): void;
}

/** @param obtain - asks the token endpoint for one resource */
export function createTokenSource(
  obtain: (resource: string) => Promise<GrantedToken>,
  nowMs: () => number = Date.now,
): TokenSource {
  const held = new Map<string, GrantedToken>();
  const pending = new Map<string, Promise<GrantedToken>>();
  const renew = (resource: string): Promise<GrantedToken> => {
    const running = pending.get(resource);
    if (running !== undefined) return running;
    const asked = obtain(resource)
      .then((token) => {
        held.set(resource, token);
        return token;
      })
      .finally(() => pending.delete(resource));
    pending.set(resource, asked);
    return asked;
  };
  return {
    async token(resource) {
      const now = held.get(resource);
      const fresh = now !== undefined && now.expiresAtMs - EARLY_MS > nowMs();
      return (fresh ? now : await renew(resource)).accessToken;
    },
    forget: (resource) => void held.delete(resource),
  };
}
