import type { LoadPoint } from "@narrowgate/contracts";

/** Points kept of a run: more than a chart has room for. */
export const MAX_POINTS = 240;

/** The worse of two percentiles: a peak is not smoothed away. */
function worse(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}

function joined(a: LoadPoint, b: LoadPoint): LoadPoint {
  const [p50Ms, p99Ms] = [worse(a.p50Ms, b.p50Ms), worse(a.p99Ms, b.p99Ms)];
  return {
    atMs: b.atMs,
    callsPerS: (a.callsPerS + b.callsPerS) / 2,
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
}

/** One point more. Where there would be too many, each two neighbours become one: calls on average, times at their worst. */
export function withPoint(points: readonly LoadPoint[], point: LoadPoint): readonly LoadPoint[] {
  if (points.length < MAX_POINTS) return [...points, point];
  const halved = points.flatMap((one, i) => {
    const next = points[i + 1];
    return i % 2 === 1 ? [] : [next === undefined ? one : joined(one, next)];
  });
  return [...halved, point];
}
