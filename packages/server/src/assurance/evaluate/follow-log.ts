import { setImmediate } from "node:timers/promises";
import {
  type Catalogue,
  catalogueDigest,
  controls,
  createFold,
  type Entry,
  type Fold,
  type FoldKey,
  judgedProposal,
  type KnownHolds,
  restoreFold,
  type Want,
} from "@narrowgate/assurance";
import { NarrowgateError } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { ClosedTransactions, type SavedTransactions, type TransactionsOf } from "./closed-transactions.ts";
import type { LogReader, OfRelease, OpenedLeaf } from "./ports.ts";
import { type CountedWork, type SavedWork, WorkTally } from "./work-tally.ts";

const PAGE = 512;

/** Where a follower stands in the log, and what it is made of. */
type SavedHead = {
  readonly v: 1;
  /** Digest of the code that counts. */
  readonly build: string;
  readonly size: number;
  /** Of the tree of the first `size` leaves. */
  readonly root: string;
};

type Parts = { readonly fold: Fold; readonly transactions: ClosedTransactions; readonly work: WorkTally };

/** Folds all controls over the log, and goes on where it stopped. */
export class LogFollower {
  readonly fold: Fold;
  readonly #log: LogReader;
  readonly #transactions: ClosedTransactions;
  readonly #work: WorkTally;
  #isStopped = false;

  /** @param from - what {@link restoreFollower} found; absent: begins at the first leaf */
  constructor(log: LogReader, evaluator: string, catalogue: Catalogue, from?: Parts) {
    this.#log = log;
    this.fold = from?.fold ?? createFold(controls, foldKey(log, evaluator, catalogue));
    this.#transactions = from?.transactions ?? new ClosedTransactions();
    this.#work = from?.work ?? new WorkTally();
  }

  /**
   * All that is known, as text of four lines, to be handed to {@link restoreFollower}.
   * @param build - digest of the code that counts
   */
  async save(build: string): Promise<string> {
    const { size } = this.fold;
    // ORDER: all parts in one turn, so that they stand at the same leaf.
    const counted = [this.#transactions.save(), this.#work.save()].map((part) => JSON.stringify(part));
    const parts = [this.fold.save(), ...counted];
    const head: SavedHead = { v: 1, build, size, root: await this.#log.rootAt(size) };
    return [JSON.stringify(head), ...parts].join("\n");
  }

  /** Whether {@link LogFollower.stop} was called. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Takes nothing more from the next page on. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Takes every leaf before `size`, unless it is stopped; other work gets its turn between pages. The store reads the
   * next page meanwhile.
   * @throws `verification_failed` when the log ends before `size`
   */
  async catchUp(size: number): Promise<void> {
    let page = await this.#page(this.fold.size, size);
    while (page.length > 0 && !this.#isStopped) {
      const ahead = this.#page(this.fold.size + page.length, size);
      // It fails where it is awaited; a page that nobody waits for any more fails nobody.
      ahead.catch(() => undefined);
      await this.#takeAll(page);
      await setImmediate();
      page = await ahead;
    }
  }

  /** The leaves from here on, some of those before `size`; none when this is the end. */
  async #page(from: number, size: number): Promise<readonly Entry[]> {
    if (from >= size) return [];
    const page = await this.#log.page(from, Math.min(PAGE, size - from));
    // INVARIANT: controls are computed from all of the log, or not at all.
    if (page.length === 0)
      throw new NarrowgateError("verification_failed", "internal error", { detail: `no leaf ${from}` });
    return page;
  }

  /**
   * Opens together what the leaves of a page want by what is known before its first one. What they want by then may be
   * other parts: these are opened one by one.
   */
  async #takeAll(page: readonly Entry[]): Promise<void> {
    const opened = new Map<string, OpenedLeaf>();
    const wanted = page.flatMap((entry) => this.fold.wants(entry));
    await this.#open(wanted, opened);
    for (const entry of page) {
      await this.#open(this.fold.wants(entry), opened);
      this.#take(entry, opened);
    }
  }

  /** Opens those that are not open yet, each leaf once. */
  async #open(wants: readonly Want[], opened: Map<string, OpenedLeaf>): Promise<void> {
    const missing = wants.filter(({ id }) => !opened.has(id));
    if (missing.length === 0) return;
    const leaves = [...new Map(missing.map(({ id, index }) => [id, { id, index }])).values()];
    const found = await this.#log.open(leaves);
    for (const [i, { id }] of leaves.entries()) opened.set(id, found[i] ?? {});
  }

  #take(entry: Entry, opened: ReadonlyMap<string, OpenedLeaf>): void {
    const { known } = this.fold;
    const permit = entry.leaf.type === "dispatch" ? entry.leaf.body.decision : "";
    this.#transactions.take(entry, known);
    this.#work.take(entry, known, opened.get(permit)?.inputs);
    this.fold.take(entry, ({ id, part }: Want) => opened.get(id)?.[part]);
  }

  /** Refs of the operators whose signatures stand under an agent's registration, the policies and the proposal of a release. */
  async writersOf({ ref, release }: OfRelease): Promise<readonly string[]> {
    const { policy, agents } = this.fold.known;
    const proposal = judgedProposal({ agent: { ref }, release }, this.fold.known);
    const registered = agents[ref];
    const [row] = registered === undefined ? [] : await this.#log.page(registered.index, 1);
    const registrar = row?.leaf.type === "registry" ? row.leaf.body.operator : undefined;
    const wrote = [policy?.operator, proposal?.operator, registrar].filter((one) => one !== undefined);
    return [...new Set(wrote)];
  }

  /** Where legal holds stood, and what was erased while any did. */
  holds(): KnownHolds {
    return this.fold.known.holds;
  }

  /** An agent's transactions that have ended, by its ref. */
  transactionsOf(ref: string, window: { readonly from: number; readonly to: number }): TransactionsOf {
    return this.#transactions.of(ref, window);
  }

  /** Calls of an agent in its busiest minute, by its ref. */
  busiestMinute(ref: string, window: { readonly from: number; readonly to: number }): number {
    return this.#work.busiestMinute(ref, window);
  }

  /** What an agent did, by its ref. */
  workOf(ref: string, window: { readonly from: number; readonly to: number }): CountedWork {
    return this.#work.of(ref, window);
  }
}

function foldKey({ origin }: LogReader, evaluator: string, catalogue: Catalogue): FoldKey {
  return { evaluator, catalogue: catalogueDigest(nodeSha256, catalogue), origin, limits: {} };
}

function readHead(line: string): SavedHead | undefined {
  try {
    // INVARIANT: what was kept under our key was written by `save`, of this build or of another.
    const head: SavedHead = JSON.parse(line);
    return head.v === 1 ? head : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Goes on where {@link LogFollower.save} left off.
 * @param text - what was saved; whoever kept it has shown that it is what was kept
 * @returns undefined when it is of another build, evaluator, catalogue or log, or of leaves that are not in this one
 */
export async function restoreFollower(
  log: LogReader,
  of: { readonly evaluator: string; readonly catalogue: Catalogue; readonly build: string },
  text: string,
): Promise<LogFollower | undefined> {
  const [first = "", folded = "", transactions = "", work = ""] = text.split("\n");
  const head = readHead(first);
  if (head === undefined || head.build !== of.build || head.size > log.size()) return undefined;
  if ((await log.rootAt(head.size)) !== head.root) return undefined;
  const fold = restoreFold(controls, foldKey(log, of.evaluator, of.catalogue), folded);
  if (fold?.size !== head.size) return undefined;
  const savedTransactions: SavedTransactions = JSON.parse(transactions);
  const savedWork: SavedWork = JSON.parse(work);
  return new LogFollower(log, of.evaluator, of.catalogue, {
    fold,
    transactions: new ClosedTransactions(savedTransactions),
    work: new WorkTally(savedWork),
  });
}
