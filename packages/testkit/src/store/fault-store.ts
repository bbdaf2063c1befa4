import { NarrowgateError } from "@narrowgate/kernel";
import type { Batch, Store } from "@narrowgate/server/store";

/** What goes wrong, and at which commit. */
export interface StoreFault {
  /** One-based number of the commit, counted from when the fault store was made. */
  readonly commit: number;
  /** `lost`: nothing is written. `reported-lost`: everything is written and durable, and the answer is lost. */
  readonly kind: "lost" | "reported-lost";
}

/** A store that fails once, and says how far it came. */
export interface FaultStore extends Store {
  /** Commits asked for so far, the failed one included. */
  readonly commits: () => number;
}

/**
 * Wraps a store so that one commit fails, with `store_unavailable` in both kinds: the caller cannot tell them apart.
 * Like a real driver whose state is unknown it then refuses everything until it is opened again; `inner` stays open
 * for the test to look at and to go on with.
 * @param fault - null lets every commit through and only counts
 */
export function faultStore(inner: Store, fault: StoreFault | null): FaultStore {
  let commits = 0;
  let stopped = false;
  const guarded = <T>(work: () => Promise<T>): Promise<T> => (stopped ? Promise.reject(lost()) : work());
  return {
    commits: () => commits,
    commit: (batch: Batch) =>
      guarded(async () => {
        commits += 1;
        if (commits !== fault?.commit) return inner.commit(batch);
        stopped = true;
        if (fault.kind === "reported-lost") await inner.commit(batch);
        throw lost();
      }),
    tree: () => guarded(() => inner.tree()),
    entries: (from, count) => guarded(() => inner.entries(from, count)),
    sealed: (index) => guarded(() => inner.sealed(index)),
    head: (kind, id) => guarded(() => inner.head(kind, id)),
    tile: (level, index) => guarded(() => inner.tile(level, index)),
    get: (room, key) => guarded(() => inner.get(room, key)),
    scan: (room, options) => guarded(() => inner.scan(room, options)),
    close: async () => {
      stopped = true;
    },
  };
}

function lost(): NarrowgateError {
  return new NarrowgateError("store_unavailable", "the store cannot be used", {
    detail: "injected fault: whether the commit is on disk is unknown",
  });
}
