import { setImmediate } from "node:timers/promises";
import type { ReplayFacts } from "@narrowgate/assurance";
import type { TrustFile } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { ClosedTransaction, TransactionsOf } from "../assurance/evaluate/index.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { buildBundle } from "../evidence/export/export-transaction.ts";
import type { VerifiedTransaction } from "./verify-transaction.ts";

/** How long a verification counts. Evidence does not change by itself; what changes it is looked for again. */
const COUNTS_MS = 12 * 3_600_000;
/** Sensitive transactions that are verified at most, the newest. */
export const MAX_SENSITIVE = 512;
/** Others that are verified at most. */
export const MAX_SAMPLED = 128;
/** What the first evaluation of a process spends on it, and what each further one does; the next one takes up the rest. */
export const BUDGET_MS: { readonly first: number; readonly further: number } = { first: 5000, further: 200 };

type Replayed = VerifiedTransaction & { readonly at: number };

/** What the replayer needs. */
export interface ReplayPorts {
  readonly evidence: Evidence;
  readonly clock: Clock;
  /** What this instance trusts: its own log, its issuers, its place of approval. */
  readonly trust: () => TrustFile;
  /** Runs the offline verifier over the bundle of a transaction, beside the work of the plane. */
  readonly verify: (txn: string, bytes: Uint8Array, trust: TrustFile) => Promise<VerifiedTransaction>;
}

/** Verifies recorded transactions again with the offline verifier, a few at each evaluation, and remembers what came out. */
export class Replayer {
  readonly #ports: ReplayPorts;
  readonly #known = new Map<string, Replayed>();

  constructor(ports: ReplayPorts) {
    this.#ports = ports;
  }

  /**
   * Figures over what was verified of an agent so far.
   * Trust: what is read stays in this process; nothing is given out, so no reading is recorded (E-2).
   */
  async facts({ toReplay, toSample }: TransactionsOf): Promise<ReplayFacts | undefined> {
    const sensitive = newest(toReplay, MAX_SENSITIVE);
    const others = newest(toSample, MAX_SAMPLED);
    const asked = [...others.slice(0, 1), ...sensitive, ...others.slice(1)];
    await this.#replay(asked);
    const [first, second] = [this.#of(sensitive), this.#of(others)];
    const all = [...first, ...second];
    if (all.length === 0) return undefined;
    const count = (list: readonly Replayed[]): number =>
      list.reduce((sum, { decisions }) => sum + decisions, 0);
    return {
      at: Math.min(...all.map(({ at }) => at)),
      sensitive: count(first),
      sampled: count(second),
      failed: all.flatMap(({ failed }) => failed),
      missing: all.reduce((sum, { missing }) => sum + missing, 0),
    };
  }

  /** How many of these were verified, and how many of them did not. */
  verifiedOf({ toReplay, toSample }: TransactionsOf): {
    readonly verified: number;
    readonly unverified: number;
  } {
    const all = this.#of([...toReplay, ...toSample]);
    return { verified: all.length, unverified: all.filter(({ failed }) => failed.length > 0).length };
  }

  #of(list: readonly ClosedTransaction[]): readonly Replayed[] {
    return list.flatMap(({ txn }) => this.#known.get(txn) ?? []);
  }

  async #replay(asked: readonly ClosedTransaction[]): Promise<void> {
    const { clock } = this.#ports;
    const now = clock.nowMs();
    const until = performance.now() + (this.#known.size === 0 ? BUDGET_MS.first : BUDGET_MS.further);
    for (const { txn } of asked) {
      const known = this.#known.get(txn);
      if (known !== undefined && now - known.at < COUNTS_MS) continue;
      this.#known.set(txn, await this.#verify(txn, now));
      await setImmediate();
      if (performance.now() > until) return;
    }
  }

  async #verify(txn: string, at: number): Promise<Replayed> {
    const { evidence, trust, verify } = this.#ports;
    const { bytes } = await buildBundle(evidence, txn);
    return { at, ...(await verify(txn, bytes, trust())) };
  }
}

function newest(list: readonly ClosedTransaction[], count: number): readonly ClosedTransaction[] {
  return [...list].sort((a, b) => b.at - a.at).slice(0, count);
}
