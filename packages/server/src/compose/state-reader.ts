import type { StateReader } from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import type { Store } from "../platform/store/store.ts";

const PAGE = 1000;
/** A stored row was written by us and checked then; large registries exceed the default for strangers. */
const LIMITS = { maxBytes: 16 * 1024 * 1024, maxKeys: 1_000_000 };

/** The state table as the rooms read it. */
export function stateReader(store: Store): StateReader {
  return {
    async get(room, key) {
      const text = await store.get(room, key);
      return text === null ? null : parseStrictJson(text, LIMITS);
    },
    async scan(room, options = {}) {
      const rows = await store.scan(room, { limit: PAGE, ...options });
      return rows.map(({ key, value }) => ({ key, value: parseStrictJson(value, LIMITS) }));
    },
  };
}
