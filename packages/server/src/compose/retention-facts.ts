import { setImmediate } from "node:timers/promises";
import type { AgeBand, KnownHolds, RetentionFacts } from "@narrowgate/assurance";
import { type Clock, isNarrowgateError } from "@narrowgate/kernel";
import type { Evidence } from "../evidence/evidence.ts";
import { fetchRecord, leafTime } from "../evidence/fetch-record.ts";
import { transactionFacts } from "../evidence/recorded-work.ts";
import { type Hold, isAbout } from "../retention/index.ts";
import { drawnIndexes, type IndexRange } from "./drawn-indexes.ts";
import type { JudgedHead } from "./head-facts.ts";

const DAY_MS = 86_400_000;
/** Ages in days at which bands begin, youngest first. */
export const BAND_DAYS: readonly number[] = [0, 1, 7, 30, 91, 183];
/** Records of a band that are fetched at most; which ones, the head decides. */
export const FETCHED_OF_A_BAND = 32;
/** How long a fetch counts before records are fetched again. */
const COUNTS_MS = DAY_MS;

type Failed = RetentionFacts["failed"][number];
type Fetched = Pick<RetentionFacts, "at" | "bands" | "failed" | "rule_days">;
type DrawnOfBand = Pick<AgeBand, "fetched" | "opened" | "erased"> & {
  readonly failed: readonly Failed[];
  readonly ruleDays: readonly number[];
};

/** What the test needs. */
export interface RetentionTestPorts {
  readonly evidence: Evidence;
  readonly clock: Clock;
  /** Days that each part is kept, as settings say. */
  readonly days: () => RetentionFacts["days"];
  /** All that were ever placed. */
  readonly holds: () => readonly Hold[];
}

/** Fetches records of each age back, once a day, and holds what was erased against the legal holds. */
export class RetentionTest {
  readonly #ports: RetentionTestPorts;
  #fetched: Fetched | undefined;
  /** By leaf id of an erasure that was looked at: what is wrong with it. */
  readonly #looked = new Map<string, string | undefined>();

  constructor(ports: RetentionTestPorts) {
    this.#ports = ports;
  }

  /**
   * Facts at a head.
   * @param known - where holds stood, and what was erased meanwhile, as the log was folded
   * Trust: what is read stays in this process; nothing is given out, so no reading is recorded (E-2).
   */
  async facts(head: JudgedHead, known: KnownHolds): Promise<RetentionFacts> {
    const { clock, days, holds } = this.#ports;
    const now = clock.nowMs();
    if (this.#fetched === undefined || now - this.#fetched.at >= COUNTS_MS)
      this.#fetched = await this.#fetch(head, now);
    const broken = [...this.#lostHolds(known), ...(await this.#brokenHolds(known))];
    return {
      ...this.#fetched,
      failed: [...this.#fetched.failed, ...broken],
      days: days(),
      holds: holds().filter(({ ended }) => ended === undefined).length,
      erasures: known.erasures,
      looked: known.drawn.length,
    };
  }

  async #fetch(head: JudgedHead, now: number): Promise<Fetched> {
    const bands: AgeBand[] = [];
    const failed: Failed[] = [];
    const ruleDays: number[] = [];
    let to = head.size;
    for (const [i, from_days] of BAND_DAYS.entries()) {
      const older = BAND_DAYS[i + 1];
      const from = older === undefined ? 0 : await this.#firstYounger(now - older * DAY_MS, to);
      const drawn = await this.#fetchRange({ from, to }, head);
      failed.push(...drawn.failed);
      ruleDays.push(...drawn.ruleDays);
      const { fetched, opened, erased } = drawn;
      bands.push({ from_days, records: to - from, fetched, opened, erased });
      to = from;
    }
    return {
      at: now,
      bands,
      failed,
      ...(ruleDays.length === 0 ? {} : { rule_days: Math.min(...ruleDays) }),
    };
  }

  /** Index of the first leaf that was recorded after an instant, up to `to`: leaf times never decrease. */
  async #firstYounger(ms: number, to: number): Promise<number> {
    const { store } = this.#ports.evidence;
    let [low, high] = [0, to];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      // One that cannot be read is taken for older: what is wrong with it is said where it is drawn.
      if (((await leafTime(store, middle)) ?? 0) > ms) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  async #fetchRange(range: IndexRange, head: JudgedHead): Promise<DrawnOfBand> {
    const failed: Failed[] = [];
    const ruleDays: number[] = [];
    let [opened, erased] = [0, 0];
    const indexes = drawnIndexes(head.root, range, FETCHED_OF_A_BAND);
    for (const index of indexes) {
      const record = await fetchRecord(this.#ports.evidence, index, head);
      const { entry } = record;
      if (record.opened > 0) opened++;
      erased += record.erased;
      if (record.ruleDays !== undefined) ruleDays.push(record.ruleDays);
      failed.push(...record.faults.map((says) => (entry === undefined ? { says } : { entry, says })));
      // Calls get their turn between records.
      await setImmediate();
    }
    return { fetched: indexes.length, opened, erased, failed, ruleDays };
  }

  /** A hold of the log that nobody knows of any more keeps nothing, and no erasure could be held against it. */
  #lostHolds({ placed }: KnownHolds): readonly Failed[] {
    const known = new Set(this.#ports.holds().map(({ id }) => id));
    const lost = Object.keys(placed).filter((id) => !known.has(id));
    return lost.map((id) => ({ says: `hold ${id} stands in the log, and is not known here` }));
  }

  async #brokenHolds({ placed, drawn }: KnownHolds): Promise<readonly Failed[]> {
    const failed: Failed[] = [];
    for (const { entry, index, txn } of drawn) {
      if (!this.#looked.has(entry)) this.#looked.set(entry, await this.#faultOf({ index, txn }, placed));
      const says = this.#looked.get(entry);
      if (says !== undefined) failed.push({ entry, says });
    }
    return failed;
  }

  async #faultOf(
    erasure: { readonly index: number; readonly txn: string },
    placed: KnownHolds["placed"],
  ): Promise<string | undefined> {
    try {
      const hold = await this.#brokenBy(erasure, placed);
      return hold === undefined ? undefined : `erased while hold ${hold} was over it`;
    } catch (error) {
      if (!isNarrowgateError(error)) throw error;
      return `what was erased while a hold stood cannot be read: ${error.code}`;
    }
  }

  /** The hold that stood before an erasure and was over what it erased. */
  async #brokenBy(
    { index, txn }: { readonly index: number; readonly txn: string },
    placed: KnownHolds["placed"],
  ): Promise<string | undefined> {
    const about = await transactionFacts(this.#ports.evidence.store, txn, index);
    return this.#ports.holds().find((hold) => {
      const { from = index, to = Number.POSITIVE_INFINITY } = placed[hold.id] ?? {};
      return from < index && to > index && isAbout(hold, about);
    })?.id;
  }
}
