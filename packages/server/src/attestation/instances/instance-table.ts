import type { Instance } from "./stored-instance.ts";

/** A platform instance nobody has used for this long is forgotten; its evidence stays. */
export const PLATFORM_IDLE_MS: number = 24 * 3_600_000;
/** Instances in memory, at most; beyond it new ones are refused. */
export const MAX_INSTANCES = 200_000;
const MAX_EXPIRED_AT_ONCE = 256;

/**
 * The instances in memory.
 * INVARIANT: a key stands for one instance, and a platform's own instance has one key.
 */
export interface InstanceTable {
  byRef(ref: string): Instance | undefined;
  byKey(jkt: string): Instance | undefined;
  byPlatform(digest: string): Instance | undefined;
  /** Keeps it, in the place of one with the same ref. */
  put(instance: Instance): void;
  remove(instance: Instance): void;
  /** Notes a use: the idle time of a platform instance starts anew. */
  touch(instance: Instance, nowMs: number): void;
  isIdle(instance: Instance, nowMs: number): boolean;
  /** Never forgets it: a revoked instance stays dead. */
  keep(instance: Instance): void;
  /** Platform instances idle for too long, longest first, at most 256. */
  idle(nowMs: number): readonly Instance[];
  list(): readonly Instance[];
  readonly size: number;
}

/** @returns an empty table */
export function createInstanceTable(): InstanceTable {
  const refs = new Map<string, Instance>();
  const keys = new Map<string, Instance>();
  const platforms = new Map<string, Instance>();
  // In order of use, least lately used first: what is idle stands in front.
  const used = new Map<string, number>();
  const isIdle = (instance: Instance, nowMs: number): boolean =>
    nowMs - (used.get(instance.ref) ?? nowMs) > PLATFORM_IDLE_MS;
  const touch = (instance: Instance, nowMs: number): void => {
    if (instance.platform === "" || !refs.has(instance.ref)) return;
    used.delete(instance.ref);
    used.set(instance.ref, nowMs);
  };
  return {
    byRef: (ref) => refs.get(ref),
    byKey: (jkt) => keys.get(jkt),
    byPlatform: (digest) => platforms.get(digest),
    put(instance) {
      refs.set(instance.ref, instance);
      keys.set(instance.jkt, instance);
      if (instance.platform !== "") platforms.set(instance.platform, instance);
      touch(instance, instance.lastMs);
    },
    remove({ ref, jkt, platform }) {
      refs.delete(ref);
      used.delete(ref);
      // Key and platform name may have gone over to a younger instance.
      if (keys.get(jkt)?.ref === ref) keys.delete(jkt);
      if (platforms.get(platform)?.ref === ref) platforms.delete(platform);
    },
    touch,
    isIdle,
    keep: ({ ref }) => void used.delete(ref),
    idle(nowMs) {
      const found: Instance[] = [];
      for (const [ref, lastMs] of used) {
        if (nowMs - lastMs <= PLATFORM_IDLE_MS || found.length >= MAX_EXPIRED_AT_ONCE) break;
        const instance = refs.get(ref);
        if (instance !== undefined) found.push(instance);
      }
      return found;
    },
    list: () => [...refs.values()],
    get size() {
      return refs.size;
    },
  };
}
