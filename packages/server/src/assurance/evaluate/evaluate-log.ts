import { type Catalogue, evaluate, type KnownHolds, type SelfTest, type World } from "@narrowgate/assurance";
import type { Evaluation } from "@narrowgate/contracts";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { TransactionsOf } from "./closed-transactions.ts";
import { LogFollower, restoreFollower } from "./follow-log.ts";
import type { Evaluator, LogReader, OfRelease } from "./ports.ts";
import { tryControls } from "./try-controls.ts";
import type { CountedWork } from "./work-tally.ts";

/** Leaves after which what is known is kept: what a crash costs to fold again. */
const KEEP_AFTER = 250_000;

/** Where what is known is kept between two runs, sealed: what comes back is what was kept last, or nothing. */
export interface FoldKeeper {
  /** @returns undefined when there is nothing, or nothing that can be told to be ours and whole */
  load(): Promise<string | undefined>;
  /** Replaces what was kept, all of it or nothing. It is no failure of an evaluation when this fails. */
  save(text: () => Promise<string>): Promise<void>;
}

/** What evaluates, and what it was built from. */
export interface EvaluatorIdentity {
  readonly evaluator: string;
  readonly catalogue: Catalogue;
  /** Digest of all code that runs. */
  readonly build: string;
}

class LogEvaluator implements Evaluator {
  readonly #of: EvaluatorIdentity;
  readonly #follower: LogFollower;
  readonly #keeper: FoldKeeper;
  readonly #keepAfter: number;
  /** How far what is kept reaches. */
  #kept: number;

  constructor(of: EvaluatorIdentity, follower: LogFollower, keeper: FoldKeeper, keepAfter: number) {
    this.#of = of;
    this.#follower = follower;
    this.#keeper = keeper;
    this.#keepAfter = keepAfter;
    this.#kept = follower.fold.size;
  }

  async catchUp(size: number): Promise<void> {
    const { fold } = this.#follower;
    while (fold.size < size && !this.#follower.isStopped) {
      await this.#follower.catchUp(Math.min(size, this.#kept + this.#keepAfter));
      if (fold.size >= this.#kept + this.#keepAfter) await this.#keep();
    }
  }

  async #keep(): Promise<void> {
    // ORDER: counted as kept even where it fails, so that it is not tried again at every leaf.
    this.#kept = this.#follower.fold.size;
    await this.#keeper.save(() => this.#follower.save(this.#of.build));
  }

  writersOf(of: OfRelease): Promise<readonly string[]> {
    return this.#follower.writersOf(of);
  }

  async holds(): Promise<KnownHolds> {
    return this.#follower.holds();
  }

  async transactionsOf(ref: string, window: World["window"]): Promise<TransactionsOf> {
    return this.#follower.transactionsOf(ref, window);
  }

  async workOf(
    ref: string,
    window: World["window"],
  ): Promise<CountedWork & { readonly busiestMinute: number }> {
    const busiestMinute = this.#follower.busiestMinute(ref, window);
    return { ...this.#follower.workOf(ref, window), busiestMinute };
  }

  selfTest(): Promise<SelfTest> {
    return tryControls();
  }

  async evaluate(world: World): Promise<Evaluation> {
    return evaluate(this.#follower.fold, this.#of.catalogue, world, nodeSha256);
  }

  async close(): Promise<void> {
    this.#follower.stop();
    if (this.#follower.fold.size > this.#kept) await this.#keep();
  }
}

/**
 * Opens what evaluates over a log: where it was left, or at the first leaf.
 * @param keepAfter - leaves after which what is known is kept
 */
export async function openEvaluator(
  log: LogReader,
  of: EvaluatorIdentity,
  keeper: FoldKeeper,
  keepAfter: number = KEEP_AFTER,
): Promise<Evaluator> {
  const kept = await keeper.load();
  const restored = kept === undefined ? undefined : await restoreFollower(log, of, kept);
  return new LogEvaluator(
    of,
    restored ?? new LogFollower(log, of.evaluator, of.catalogue),
    keeper,
    keepAfter,
  );
}
