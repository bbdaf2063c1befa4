import { randomBytes } from "node:crypto";
import { type Clock, toBase64url } from "@narrowgate/kernel";

/** More than sites let strangers begin in ten minutes (`serve-site.ts`), so that nobody ends what another began. */
const MAX_OPEN = 16_384;

/**
 * Things that are begun, named by a secret, and may be finished once, soon. In memory alone; beyond the bound the oldest
 * ends.
 */
export class OpenOnce<T> {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  readonly #open = new Map<string, { readonly value: T; readonly expiresAtMs: number }>();

  constructor(clock: Clock, lifeMs: number) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  /** @returns 32 random bytes, base64url */
  begin(value: T): string {
    const nowMs = this.#clock.nowMs();
    for (const [key, { expiresAtMs }] of this.#open) {
      // Oldest first: the first that lives ends the search.
      if (expiresAtMs > nowMs && this.#open.size < MAX_OPEN) break;
      this.#open.delete(key);
    }
    const name = toBase64url(randomBytes(32));
    this.#open.set(name, { value, expiresAtMs: nowMs + this.#lifeMs });
    return name;
  }

  /** Takes it, once. Trust: `name` may be anything. */
  take(name: string): T | undefined {
    const found = this.#open.get(name);
    this.#open.delete(name);
    return found !== undefined && found.expiresAtMs > this.#clock.nowMs() ? found.value : undefined;
  }
}
