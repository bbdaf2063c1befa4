import { readdirSync, readFileSync } from "node:fs";

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
}

function ownNanoseconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ", 1)[0]))
    .reduce((sum, ns) => sum + ns, 0);
}

/**
 * CPU time of a process and all below it, in milliseconds, over all threads that live.
 * The same measure for every peer, ours or not. Linux only: elsewhere NaN, which the table shows as unknown.
 */
export function cpuMsOf(pid: number): number {
  try {
    return ownNanoseconds(pid) / 1e6 + childrenOf(pid).reduce((sum, child) => sum + cpuMsOf(child), 0);
  } catch {
    return Number.NaN;
  }
}
