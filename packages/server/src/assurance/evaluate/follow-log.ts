import { setImmediate } from "node:timers/promises";
import {
  type Catalogue,
  catalogueDigest,
  controls,
  createFold,
  type Entry,
  type Fold,
  type Want,
} from "@narrowgate/assurance";
import type { SealedPart } from "@narrowgate/contracts";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { ClosedTransactions, type TransactionsOf } from "./closed-transactions.ts";
import type { LogReader, Noticed } from "./ports.ts";
import { type CountedWork, WorkTally } from "./work-tally.ts";

const PAGE = 512;
type Opened = { readonly [P in SealedPart]?: unknown };

/** Folds all controls over the log, and goes on where it stopped. */
export class LogFollower {
  readonly fold: Fold;
  readonly #log: LogReader;
  readonly #transactions = new ClosedTransactions();
  readonly #work = new WorkTally();
  #isStopped = false;

  constructor(log: LogReader, evaluator: string, catalogue: Catalogue) {
    this.#log = log;
    this.fold = createFold(controls, {
      evaluator,
      catalogue: catalogueDigest(nodeSha256, catalogue),
      origin: log.origin,
      limits: {},
    });
  }

  /** Takes nothing more from the next page on. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Takes every leaf before `size`, unless it is stopped; other work gets its turn between pages. The store reads the
   * next page meanwhile.
   */
  async catchUp(size: number): Promise<void> {
    let ahead = this.#page(this.fold.size, size);
    while (this.fold.size < size && !this.#isStopped) {
      const page = await ahead;
      ahead = this.#page(this.fold.size + page.length, size);
      for (const entry of page) await this.#take(entry);
      await setImmediate();
      if (page.length === 0) return;
    }
  }

  #page(from: number, size: number): ReturnType<LogReader["page"]> {
    if (from >= size || this.#isStopped) return Promise.resolve([]);
    const page = this.#log.page(from, Math.min(PAGE, size - from));
    // It fails where it is awaited; a page that nobody waits for any more fails nobody.
    page.catch(() => undefined);
    return page;
  }

  async #take(entry: Entry): Promise<void> {
    const opened = new Map<string, Opened>();
    for (const { id, index } of this.fold.wants(entry))
      if (!opened.has(id)) opened.set(id, await this.#log.open(index, id));
    const { known } = this.fold;
    const permit = entry.leaf.type === "dispatch" ? entry.leaf.body.decision : "";
    this.#transactions.take(entry, known);
    this.#work.take(entry, known, opened.get(permit)?.inputs);
    this.fold.take(entry, ({ id, part }: Want) => opened.get(id)?.[part]);
  }

  /** What facts about an agent are gathered from. @param ref - of the agent */
  async noticed(ref: string): Promise<Noticed> {
    const { policy, proposed, agents } = this.fold.known;
    const registered = agents[ref];
    const [row] = registered === undefined ? [] : await this.#log.page(registered.index, 1);
    const registrar = row?.leaf.type === "registry" ? row.leaf.body.operator : undefined;
    const wrote = [policy?.operator, proposed[ref]?.operator, registrar].filter((one) => one !== undefined);
    return {
      wrote: [...new Set(wrote)],
      transactionsIn: (window) => this.transactionsOf(ref, window),
    };
  }

  /** An agent's transactions that have ended, by its ref. */
  transactionsOf(ref: string, window: { readonly from: number; readonly to: number }): TransactionsOf {
    return this.#transactions.of(ref, window);
  }

  /** What an agent did, by its ref. */
  workOf(ref: string, window: { readonly from: number; readonly to: number }): CountedWork {
    return this.#work.of(ref, window);
  }
}
