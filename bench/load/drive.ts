import { type RawAnswer, RawConnection } from "./raw-http.ts";

/** One request, ready to be sent, and what its answer must be. */
export interface Shot {
  readonly request: Buffer;
  /** What is wrong with the answer, read after the timed part; undefined when it is exactly what was asked for. */
  readonly fault: (answer: RawAnswer) => string | undefined;
}

/** What a run came to. */
export interface RunResult {
  readonly count: number;
  readonly wallMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  readonly firstFault?: string;
}

interface Timed {
  readonly answers: RawAnswer[];
  readonly latencies: number[];
  readonly wallMs: number;
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

function resultOf(shots: readonly Shot[], { answers, latencies, wallMs }: Timed): RunResult {
  const faults = shots.flatMap(({ fault }, i) => {
    const answer = answers[i];
    const found = answer === undefined ? "no answer" : fault(answer);
    return found === undefined ? [] : [found];
  });
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    count: shots.length,
    wallMs,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    failed: faults.length,
    ...(faults[0] === undefined ? {} : { firstFault: faults[0] }),
  };
}

async function withConnections<T>(
  port: number,
  count: number,
  run: (connections: readonly RawConnection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(Array.from({ length: count }, () => RawConnection.open(port)));
  try {
    return await run(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Closed loop: each connection sends its next request when its last was answered. */
export function driveClosed(port: number, connections: number, shots: readonly Shot[]): Promise<RunResult> {
  return withConnections(port, connections, async (open) => {
    const answers: RawAnswer[] = [];
    const latencies: number[] = [];
    let next = 0;
    const started = performance.now();
    const loop = async (connection: RawConnection): Promise<void> => {
      for (let i = next++; i < shots.length; i = next++) {
        const shot = shots[i];
        if (shot === undefined) return;
        const sent = performance.now();
        answers[i] = await connection.send(shot.request);
        latencies.push(performance.now() - sent);
      }
    };
    await Promise.all(open.map(loop));
    return resultOf(shots, { answers, latencies, wallMs: performance.now() - started });
  });
}

/**
 * Open loop: requests arrive by a fixed clock, whether or not the ones before were answered; one that finds no free
 * connection waits, and its waiting counts, for latency is counted from the moment it should have been sent.
 * @param rate - arrivals a second
 */
export function driveOpen(
  port: number,
  load: { readonly connections: number; readonly rate: number },
  shots: readonly Shot[],
): Promise<RunResult> {
  return withConnections(port, load.connections, async (open) => {
    const answers: RawAnswer[] = [];
    const latencies: number[] = [];
    const free = [...open];
    const queue: number[] = [];
    const done = Promise.withResolvers<void>();
    const started = performance.now();
    const due = (i: number): number => started + (i * 1000) / load.rate;
    const send = async (connection: RawConnection, i: number): Promise<void> => {
      const shot = shots[i];
      if (shot === undefined) return;
      answers[i] = await connection.send(shot.request);
      latencies.push(performance.now() - due(i));
      free.push(connection);
      if (latencies.length === shots.length) done.resolve();
      pump();
    };
    const pump = (): void => {
      while (queue.length > 0 && free.length > 0) {
        const connection = free.pop();
        const i = queue.shift();
        if (connection !== undefined && i !== undefined) send(connection, i).catch(done.reject);
      }
    };
    let arrived = 0;
    const timer = setInterval(() => {
      for (const now = performance.now(); arrived < shots.length && due(arrived) <= now; arrived++)
        queue.push(arrived);
      pump();
      if (arrived === shots.length) clearInterval(timer);
    }, 1);
    await done.promise.finally(() => clearInterval(timer));
    return resultOf(shots, { answers, latencies, wallMs: performance.now() - started });
  });
}
