import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { FlipCounts, FlipShare } from "./flip-worker.ts";

const workers = 2;
const sampleEvery = 9973;

async function runShare(workerData: FlipShare): Promise<FlipCounts> {
  const worker = new Worker(new URL("./flip-worker.ts", import.meta.url), { workerData });
  const [counts]: FlipCounts[] = await once(worker, "message");
  if (counts === undefined) throw new RangeError("a worker says nothing");
  return counts;
}

function total(parts: readonly FlipCounts[]): FlipCounts {
  const sum = (of: (part: FlipCounts) => number): number => parts.reduce((all, part) => all + of(part), 0);
  const names = new Set(parts.flatMap(({ faults }) => Object.keys(faults)));
  return {
    bytes: sum(({ bytes }) => bytes),
    oneBit: sum(({ oneBit }) => oneBit),
    sameClass: sum(({ sameClass }) => sameClass),
    whole: sum(({ whole }) => whole),
    faults: Object.fromEntries([...names].map((name) => [name, sum(({ faults }) => faults[name] ?? 0)])),
    wrong: parts.flatMap(({ wrong }) => wrong),
  };
}

/** Changes every byte of a bundle in turn, twice, on two threads; see {@link FlipCounts} for what is counted. */
export async function flipEveryByte(file: Uint8Array, trust: Uint8Array): Promise<FlipCounts> {
  const of = workers;
  const shares = Array.from({ length: of }, (_, share) => ({
    file: Uint8Array.from(file),
    trust: Uint8Array.from(trust),
    share,
    of,
    sampleEvery,
  }));
  return total(await Promise.all(shares.map(runShare)));
}
