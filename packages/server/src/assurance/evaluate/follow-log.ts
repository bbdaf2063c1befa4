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
import type { LogReader } from "./ports.ts";

const PAGE = 512;
type Opened = { readonly [P in SealedPart]?: unknown };

/** Folds all controls over the log, and goes on where it stopped. */
export class LogFollower {
  readonly fold: Fold;
  readonly #log: LogReader;

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
    this.fold.take(entry, ({ id, part }: Want) => opened.get(id)?.[part]);
  }
}
