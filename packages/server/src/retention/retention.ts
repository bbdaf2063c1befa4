import { SEALED_PARTS, type SealedPart } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import { Holds } from "./holds.ts";
import type { RetentionPorts, SignedRequest } from "./ports.ts";

const DAY_MS = 86_400_000;
/** Erasures of one pass: each is a commit, and calls wait for commits too. */
const ERASED_A_PASS = 500;

/** What came of an order about many transactions. */
export interface ErasedMany {
  readonly erased: number;
  /** Left because of a hold. */
  readonly held: number;
  /** Left because they had not ended. */
  readonly open: number;
}

/** What is asked for. */
export interface ErasureWish {
  readonly parts: readonly SealedPart[];
  /** Name of the rule, public. */
  readonly rule: string;
}

/** Legal holds, erasure that an operator asks for, and erasure by age. @see docs/design/retention.md */
export class Retention {
  readonly holds: Holds;
  readonly #ports: RetentionPorts;
  #pass: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(ports: RetentionPorts, holds: Holds) {
    this.#ports = ports;
    this.holds = holds;
  }

  static async open(ports: RetentionPorts): Promise<Retention> {
    return new Retention(ports, await Holds.open(ports));
  }

  /**
   * Erases parts of a transaction. @returns the parts that were there to be erased
   * @throws `not_found`, `conflict` when it has not ended, `under_hold`, `evidence_unavailable`
   */
  async erase(
    txn: string,
    wish: ErasureWish,
    { operator, jws }: SignedRequest,
  ): Promise<readonly SealedPart[]> {
    const about = await this.#ports.work.about(txn);
    if (!about.isClosed)
      throw new NarrowgateError("conflict", "this transaction has not ended; close its mandate first");
    this.holds.refuseOver(about);
    const parts = await this.#ports.work.left(txn, wish.parts);
    if (parts.length === 0) return [];
    const guard = (): void => this.holds.refuseOver(about);
    await this.#ports.work.erase({ txn, parts, rule: wish.rule, operator, request: jws, guard });
    return parts;
  }

  /**
   * Erases parts of all transactions that were handed over by a person, but those under a hold, or that have not ended.
   * If we crash between two of them, asking again goes on: what was erased has nothing left.
   * @param subject - ref. @throws `evidence_unavailable`
   */
  async eraseOf(subject: string, wish: ErasureWish, request: SignedRequest): Promise<ErasedMany> {
    const count = { erased: 0, held: 0, open: 0 };
    const { work, clock } = this.#ports;
    for await (const { id } of work.endedBefore(clock.nowMs() + 1)) {
      if (!(await work.about(id)).subjects.has(subject)) continue;
      const outcome = await this.#attempt(id, wish, request);
      if (outcome !== undefined) count[outcome]++;
    }
    return count;
  }

  async #attempt(
    txn: string,
    wish: ErasureWish,
    request: SignedRequest,
  ): Promise<"erased" | "held" | "open" | undefined> {
    try {
      return (await this.erase(txn, wish, request)).length > 0 ? "erased" : undefined;
    } catch (error) {
      if (isNarrowgateError(error) && error.code === "under_hold") return "held";
      if (isNarrowgateError(error) && error.code === "conflict") return "open";
      throw error;
    }
  }

  /**
   * Erases what its rule does not keep any longer, at most so many in a pass; a hold keeps it.
   * @returns how many parts were erased
   */
  async sweep(): Promise<number> {
    // ORDER: one after the other, so that no part is looked at by two.
    const pass = this.#pass.then(() => this.#sweep());
    this.#pass = pass.catch(() => undefined);
    return pass;
  }

  /** Begins nothing more, and waits for the pass under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pass;
  }

  async #sweep(): Promise<number> {
    const rules = await this.#ports.rules();
    if (rules === undefined) return 0;
    let erased = 0;
    for (const part of SEALED_PARTS) {
      const days = rules.days[part];
      if (days === undefined) continue;
      erased += await this.#sweepPart(part, { days, operator: rules.operator }, ERASED_A_PASS - erased);
    }
    return erased;
  }

  async #sweepPart(
    part: SealedPart,
    { days, operator }: { readonly days: number; readonly operator: string },
    limit: number,
  ): Promise<number> {
    const { work, clock } = this.#ports;
    const before = clock.nowMs() - days * DAY_MS;
    let erased = 0;
    for await (const { id, lastMs } of work.endedBefore(before)) {
      if (erased >= limit || this.#isClosed) return erased;
      if (lastMs >= before || (await work.left(id, [part])).length === 0) continue;
      const about = await work.about(id);
      if (this.holds.over(about) !== undefined) continue;
      // Nobody asked: the rule is what the operator signed who wrote the settings.
      const order = { txn: id, parts: [part], rule: `retention.${part}.${days}d`, operator };
      await work.erase({ ...order, guard: () => this.holds.refuseOver(about) });
      erased++;
    }
    return erased;
  }
}
