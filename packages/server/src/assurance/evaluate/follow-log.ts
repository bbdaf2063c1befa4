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
import { ClosedTransactions } from "./closed-transactions.ts";
import type { LogReader, Noticed } from "./ports.ts";

const PAGE = 512;
type Opened = { readonly [P in SealedPart]?: unknown };

/** Folds all controls over the log, and goes on where it stopped. */
export class LogFollower {
  readonly fold: Fold;
  readonly #log: LogReader;
  readonly #transactions = new ClosedTransactions();

  constructor(log: LogReader, evaluator: string, catalogue: Catalogue) {
    this.#log = log;
    this.fold = createFold(controls, {
      evaluator,
      catalogue: catalogueDigest(nodeSha256, catalogue),
      origin: log.origin,
      limits: {},
    });
  }

  /** Takes every leaf before `size`; other work gets its turn between pages. */
  async catchUp(size: number): Promise<void> {
    while (this.fold.size < size) {
      const page = await this.#log.page(this.fold.size, Math.min(PAGE, size - this.fold.size));
      for (const entry of page) await this.#take(entry);
      await setImmediate();
    }
  }

  async #take(entry: Entry): Promise<void> {
    const opened = new Map<string, Opened>();
    for (const { id, index } of this.fold.wants(entry))
      if (!opened.has(id)) opened.set(id, await this.#log.open(index, id));
    this.#transactions.take(entry, this.fold.known);
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
      transactionsIn: (window) => this.#transactions.of(ref, window),
    };
  }
}
