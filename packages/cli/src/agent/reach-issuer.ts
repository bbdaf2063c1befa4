import type { FetchLike } from "@narrowgate/agent";
import { NarrowgateError } from "@narrowgate/kernel";

/**
 * `fetch` towards an instance: when nobody answers, that is said, and not what the runtime calls it.
 * @throws `fetch_failed`; an abort stays an abort
 */
export const fetchFromIssuer: FetchLike = async (url, init) => {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new NarrowgateError("fetch_failed", `${new URL(url).origin} does not answer`, { cause });
  }
};
