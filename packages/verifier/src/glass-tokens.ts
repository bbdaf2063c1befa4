import type { Leaf } from "@narrowgate/contracts";
import type { ContainmentFault } from "./contained-glasses.ts";

/** Where the tokens stand that name one deployment, and when the last of them is over. */
interface Named {
  oldest: number;
  newest: number;
  /** Unix milliseconds. */
  endMs: number;
}

/** When a break-glass lets its agent through, as far as its leaves are here. */
interface Through {
  /** The place where it was opened: -1 where that was before what is here, infinite while it was not. */
  from: number;
  /** The place where it ended by a leaf. */
  end: number;
  /** Unix milliseconds. */
  untilMs: number;
}

const PREFIX = "release:";
/** What is met first of one that was opened before. */
const BEHIND: ReadonlySet<string> = new Set(["glass_ended", "glass_reviewed"]);

/**
 * Joins the tokens of one agent to its break-glasses: minted while it was let through, and over with that.
 * ORDER: leaves of break-glasses oldest first, tokens in any order; then `faults`.
 * @see docs/spec/release.md R-24
 */
export class GlassTokens {
  readonly #tokens: Map<string, Named> = new Map();
  readonly #glasses: Map<string, Through> = new Map();

  /** How many deployments the tokens named, which is what is kept of them. */
  get deployments(): number {
    return this.#tokens.size;
  }

  /** Takes a token of the agent. */
  takeToken({ at, body, writer: { seq } }: Leaf<"token">): void {
    // Minted at that time at the latest, a token lasts beyond it, if by a millisecond.
    const endMs = Math.max(at + 1, body.expires_s * 1000);
    for (const [name] of body.epochs)
      if (name.startsWith(PREFIX)) this.#name(name.slice(PREFIX.length), seq, endMs);
  }

  /** Takes a leaf whose action begins with `glass_`. */
  takeGlass({ body: { action, deployment, until }, writer: { seq } }: Leaf<"release">): void {
    const from = BEHIND.has(action) ? -1 : Number.POSITIVE_INFINITY;
    const fresh = { from, end: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    const glass = this.#glasses.get(deployment) ?? fresh;
    this.#glasses.set(deployment, glass);
    if (action === "glass_ended") glass.end = Math.min(glass.end, seq);
    if (action !== "glass_opened") return;
    // The first opening is the one; bundles show that there is one alone.
    if (glass.untilMs === Number.POSITIVE_INFINITY) glass.from = seq;
    glass.untilMs = Math.min(glass.untilMs, until ?? 0);
  }

  /** @returns for each break-glass that does not let through what names it, the newest of its tokens */
  faults(): readonly ContainmentFault[] {
    const faults: ContainmentFault[] = [];
    for (const [deployment, { from, end, untilMs }] of this.#glasses) {
      const named = this.#tokens.get(deployment);
      if (named === undefined) continue;
      if (named.oldest < from || named.newest > end || named.endMs > untilMs)
        faults.push({ index: named.newest, message: "a token does not keep to the time of its break-glass" });
    }
    return faults;
  }

  #name(deployment: string, seq: number, endMs: number): void {
    const named = this.#tokens.get(deployment);
    if (named === undefined) {
      this.#tokens.set(deployment, { oldest: seq, newest: seq, endMs });
      return;
    }
    named.oldest = Math.min(named.oldest, seq);
    named.newest = Math.max(named.newest, seq);
    named.endMs = Math.max(named.endMs, endMs);
  }
}
