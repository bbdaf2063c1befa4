import { NarrowgateError } from "@narrowgate/kernel";

/**
 * The store was changed by somebody else, or exists already; nothing was written.
 * @param detail - for operators; holds no secret
 */
export function storeConflict(detail: string): NarrowgateError {
  return new NarrowgateError("conflict", "the store has changed or exists already", { detail });
}

/**
 * The store cannot be used. After a failed commit the caller must assume nothing about what was written.
 * @param detail - for operators; holds no secret
 */
export function storeUnavailable(detail: string, cause?: unknown): NarrowgateError {
  const extra = cause === undefined ? { detail } : { detail, cause };
  return new NarrowgateError("store_unavailable", "the store cannot be used", extra);
}

/** What is here cannot be read by this version: damaged, or written by a newer one. Nothing was changed. */
export function storeIncompatible(detail: string): NarrowgateError {
  return new NarrowgateError("store_incompatible", "the store is damaged, or a newer version wrote it", {
    detail,
  });
}

/** There is no store where one was expected, and none was made. */
export function storeMissing(detail: string): NarrowgateError {
  return new NarrowgateError("store_missing", "there is no store here", { detail });
}

/** Another process holds the store. */
export function storeLocked(detail: string): NarrowgateError {
  return new NarrowgateError("store_locked", "another server holds this store", { detail });
}
