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
  readonly answers: readonly RawAnswer[];
  readonly latencies: readonly number[];
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

/** Opens so many connections, and closes them in the end. */
export async function withConnections<T>(
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

/** One request of an open loop: when it should have been sent, when it was, and when its answer was there. Milliseconds. */
export interface Sent {
  readonly dueMs: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly answer: RawAnswer;
}

/** Milliseconds of a clock that all processes of this machine share. */
export const sharedMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * Open loop: requests arrive by a fixed clock, whether or not the ones before were answered; one that finds no free
 * connection waits.
 * @param rate - arrivals a second
 */
export function sendAtRate(
  open: readonly RawConnection[],
  rate: number,
  requests: readonly Buffer[],
): Promise<readonly Sent[]> {
  const all: Sent[] = [];
  const free = [...open];
  const queue: number[] = [];
  const done = Promise.withResolvers<readonly Sent[]>();
  const started = sharedMs();
  const due = (i: number): number => started + (i * 1000) / rate;
  let answered = 0;
  const send = async (connection: RawConnection, i: number, request: Buffer): Promise<void> => {
    const sentMs = sharedMs();
    const answer = await connection.send(request);
    all[i] = { dueMs: due(i), sentMs, answeredMs: sharedMs(), answer };
    free.push(connection);
    if (++answered === requests.length) done.resolve(all);
    pump();
  };
  const pump = (): void => {
    while (queue.length > 0 && free.length > 0) {
      const connection = free.pop();
      const i = queue.shift() ?? 0;
      const request = requests[i];
      if (connection !== undefined && request !== undefined) send(connection, i, request).catch(done.reject);
    }
  };
  let arrived = 0;
  const timer = setInterval(() => {
    for (const now = sharedMs(); arrived < requests.length && due(arrived) <= now; arrived++)
      queue.push(arrived);
    pump();
    if (arrived === requests.length) clearInterval(timer);
  }, 1);
  return done.promise.finally(() => clearInterval(timer));
}

/** Requests by a fixed clock; latency is counted from the moment one should have been sent, so that waiting counts. */
export function driveOpen(
  port: number,
  load: { readonly connections: number; readonly rate: number },
  shots: readonly Shot[],
): Promise<RunResult> {
  return withConnections(port, load.connections, async (open) => {
    const started = performance.now();
    const requests = shots.map(({ request }) => request);
    const sent = await sendAtRate(open, load.rate, requests);
    const wallMs = performance.now() - started;
    const latencies = sent.map(({ answeredMs, dueMs }) => answeredMs - dueMs);
    return resultOf(shots, { answers: sent.map(({ answer }) => answer), latencies, wallMs });
  });
}
