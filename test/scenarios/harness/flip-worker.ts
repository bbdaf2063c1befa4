/** One share of all bytes of a bundle, each changed in turn; run as a worker thread. */
import { parentPort, workerData } from "node:worker_threads";
import { parseTrustFileBytes } from "@narrowgate/contracts";
import { FlipCheck, withByte } from "./flip-check.ts";

/** Which share of a bundle is whose. */
export interface FlipShare {
  readonly file: Uint8Array;
  readonly trust: Uint8Array;
  /** This worker's number, from 0, and how many there are. */
  readonly share: number;
  readonly of: number;
  /** Every so many bytes the whole verifier is asked about a changed entry too. */
  readonly sampleEvery: number;
}

/** What a worker saw. */
export interface FlipCounts {
  /** Bytes that were changed. */
  readonly bytes: number;
  readonly oneBit: number;
  /** Changes to another character of the same class. */
  readonly sameClass: number;
  /** Changed files that the whole verifier was asked about. */
  readonly whole: number;
  /** By what a changed entry fails. */
  readonly faults: Readonly<Record<string, number>>;
  /** Changes that passed, and disagreements; none. */
  readonly wrong: readonly string[];
}

const classes = ["0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "-_", "+/"];

/** Another character of the class, which one hangs on the place; undefined for a character without a class. */
function classmate(byte: number, at: number): number | undefined {
  const character = String.fromCharCode(byte);
  const mates = classes.find((each) => each.includes(character));
  if (mates === undefined) return undefined;
  return mates.charCodeAt((mates.indexOf(character) + 1 + (at % (mates.length - 1))) % mates.length);
}

const ruleOf: Readonly<Record<string, readonly string[]>> = {
  form: ["E-21"],
  tree: ["E-22"],
  commitment: ["E-7"],
};

class FlipRun {
  readonly #check: FlipCheck;
  readonly #file: Uint8Array;
  readonly #sampleEvery: number;
  readonly counts: {
    bytes: number;
    oneBit: number;
    sameClass: number;
    whole: number;
    faults: Record<string, number>;
    wrong: string[];
  } = { bytes: 0, oneBit: 0, sameClass: 0, whole: 0, faults: {}, wrong: [] };

  constructor({ file, trust, sampleEvery }: FlipShare) {
    this.#file = file;
    this.#check = new FlipCheck(file, parseTrustFileBytes(trust));
    this.#sampleEvery = sampleEvery;
  }

  /** Changes every byte from one place to before another, all of one entry or none of any. */
  async run(start: number, end: number, isEntry: boolean): Promise<void> {
    for (let at = start; at < end; at++) {
      const byte = this.#file[at] ?? 0;
      this.counts.bytes++;
      const mate = classmate(byte, at);
      const changes = mate === undefined ? [byte ^ (1 << (at % 8))] : [byte ^ (1 << (at % 8)), mate];
      this.counts.oneBit++;
      this.counts.sameClass += changes.length - 1;
      for (const value of changes) await this.#change(at, value, isEntry ? [start, end] : undefined);
    }
  }

  async #change(at: number, value: number, entry: readonly [number, number] | undefined): Promise<void> {
    const slice = entry && this.#file.subarray(...entry);
    const fault = slice && withByte(this.#file, at, value, () => this.#check.entryFault(slice));
    const name = fault ?? "frame";
    this.counts.faults[name] = (this.counts.faults[name] ?? 0) + 1;
    if (fault === "none") this.counts.wrong.push(`byte ${at} as ${value}: the entry passes`);
    const isDecided = fault !== undefined && fault !== "unclear";
    if (!isDecided || at % this.#sampleEvery === 0)
      await this.#askWhole(at, value, isDecided ? fault : undefined);
  }

  /** The whole verifier: of the forged file, and of the damaged one where that is all there is, or for the sample. */
  async #askWhole(at: number, value: number, fault: string | undefined): Promise<void> {
    const { seal } = this.#check;
    const what = `byte ${at} as ${value}`;
    const isSeal = at >= seal.start && at < seal.end;
    if (isSeal || fault !== undefined) {
      const damaged = withByte(this.#file, at, value, () => Uint8Array.from(this.#file));
      await this.#expectFailure(what, damaged, ["E-21"]);
    }
    // What changes the seal alone is undone by repairing it.
    if (isSeal) return;
    const forged = withByte(this.#file, at, value, () => this.#check.resealed(seal));
    await this.#expectFailure(`${what}, seal repaired`, forged, ruleOf[fault ?? ""]);
  }

  async #expectFailure(what: string, file: Uint8Array, rules: readonly string[] | undefined): Promise<void> {
    this.counts.whole++;
    const rule = await this.#check.failingRule(file);
    const fits = rule !== undefined && (rules === undefined || rules.includes(rule));
    if (!fits) this.counts.wrong.push(`${what}: ${rule ?? "passes"}`);
  }

  /** This worker's share: every so manieth entry, and what stands in front of it. */
  async all({ share, of }: FlipShare): Promise<void> {
    let from = 0;
    for (const [i, { start, end }] of this.#check.entries.entries()) {
      if (i % of === share) {
        // A check that refuses what is honest would show nothing.
        if (this.#check.entryFault(this.#file.subarray(start, end)) !== "none")
          this.counts.wrong.push(`entry ${i} is refused as it is`);
        await this.run(from, start, false);
        await this.run(start, end, true);
      }
      from = end;
    }
    if (share === of - 1) await this.run(from, this.#file.length, false);
  }
}

const share: FlipShare = workerData;
const run = new FlipRun(share);
await run.all(share);
parentPort?.postMessage(run.counts satisfies FlipCounts);
