import type { RunResult } from "./load/drive.ts";
import { median } from "./results.ts";

/** One measurement of one peer. */
export interface Sample {
  /** Operations a second. */
  readonly rate: number;
  /** CPU of the server per operation, microseconds. */
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Who is measured: prepares outside of the timed part, then runs. */
export interface Peer {
  readonly name: string;
  /** @returns the sample; throws when one answer was not exactly right */
  measure(connections: number, count: number): Promise<Sample>;
}

/** Samples by peer and number of connections. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/** Where the samples of a peer at so many connections stand. */
export const keyOf = (peer: string, connections: number): string => `${peer} ${connections}`;

/** Turns a run into a sample. @throws when an answer was wrong: a refusal is a failure, whatever its status */
export function sampleOf(peer: string, run: RunResult, cpuMs: number): Sample {
  if (run.failed > 0)
    throw new Error(`${peer}: ${run.failed} of ${run.count} wrong, first: ${run.firstFault}`);
  const { count, wallMs, p50Ms, p99Ms } = run;
  return { rate: (count * 1000) / wallMs, cpuUs: (cpuMs * 1000) / count, p50Ms, p99Ms };
}

/**
 * Measures all peers in turn, again and again, so that what else the machine does hits all of them alike.
 * @param sizes - connections and requests of each measurement
 */
export async function interleave(
  peers: readonly Peer[],
  sizes: readonly { readonly connections: number; readonly count: number }[],
  rounds: number,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < rounds; round++) {
    for (const { connections, count } of sizes) {
      // Every other round in the other order, so that nobody always comes after the same neighbour.
      for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
        const sample = await peer.measure(connections, count);
        const key = keyOf(peer.name, connections);
        samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
    }
  }
  return samples;
}

/** The median of every member, each by itself. */
export function medianSample(samples: Samples, peer: string, connections: number): Sample {
  const found = samples.get(keyOf(peer, connections)) ?? [];
  const of = (member: keyof Sample): number => median(found.map((sample) => sample[member]));
  return { rate: of("rate"), cpuUs: of("cpuUs"), p50Ms: of("p50Ms"), p99Ms: of("p99Ms") };
}

/** The median of the ratios within each round: both sides of one were measured under the same weather. */
export function medianRatio(
  samples: Samples,
  {
    ours,
    theirs,
    member = "rate",
  }: { readonly ours: string; readonly theirs: string; readonly member?: keyof Sample },
  connections: number,
): number {
  const others = samples.get(keyOf(theirs, connections)) ?? [];
  const mine = samples.get(keyOf(ours, connections)) ?? [];
  return median(mine.map((sample, i) => sample[member] / (others[i]?.[member] ?? Number.NaN)));
}
