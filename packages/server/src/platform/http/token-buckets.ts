/** How fast something may happen: so many at once, and so many more per second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Token buckets by name. What was idle for as long as filling takes is full again, and is forgotten. */
export interface TokenBuckets {
  /** Whether the bucket holds a whole token. */
  has(name: string, nowMs: number): boolean;
  /** Takes a token; false, and nothing taken, when there is no whole one. */
  take(name: string, nowMs: number): boolean;
  /** Puts a token back that was taken for nothing. */
  giveBack(name: string, nowMs: number): void;
  /** Milliseconds until there is a whole token. */
  waitMs(name: string, nowMs: number): number;
  /** Buckets in memory. */
  size(): number;
}

interface Bucket {
  level: number;
  atMs: number;
}

/**
 * Makes buckets that are full.
 * INVARIANT: a bucket is made by taking from it, so there are at most as many as were taken from in twice the time that
 * filling one takes; who bounds the takes bounds the memory.
 */
export function createTokenBuckets({ burst, perSecond }: Rate): TokenBuckets {
  const fillMs = (burst / perSecond) * 1000;
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  let since = 0;

  const rotate = (nowMs: number): void => {
    // A clock that was stepped back rotates too: else nothing would be forgotten until it has caught up.
    if (nowMs - since < fillMs && nowMs >= since) return;
    old = nowMs - since < 2 * fillMs ? young : new Map();
    young = new Map();
    since = nowMs;
  };
  const find = (name: string, nowMs: number): Bucket | undefined => {
    rotate(nowMs);
    const found = young.get(name) ?? old.get(name);
    if (found === undefined) return undefined;
    const elapsedMs = Math.max(0, nowMs - found.atMs);
    found.level = Math.min(burst, found.level + (elapsedMs / 1000) * perSecond);
    found.atMs = nowMs;
    return found;
  };
  const levelOf = (name: string, nowMs: number): number => find(name, nowMs)?.level ?? burst;

  return {
    has: (name, nowMs) => levelOf(name, nowMs) >= 1,
    take(name, nowMs) {
      const bucket = find(name, nowMs) ?? { level: burst, atMs: nowMs };
      if (bucket.level < 1) return false;
      bucket.level -= 1;
      young.set(name, bucket);
      return true;
    },
    giveBack(name, nowMs) {
      const bucket = find(name, nowMs);
      if (bucket !== undefined) bucket.level = Math.min(burst, bucket.level + 1);
    },
    waitMs: (name, nowMs) => Math.max(0, ((1 - levelOf(name, nowMs)) / perSecond) * 1000),
    size: () => young.size + old.size,
  };
}
