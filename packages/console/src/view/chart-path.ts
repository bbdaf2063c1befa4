/** A value over time; undefined where nothing was measured. */
export interface ChartPoint {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly value: number | undefined;
}

/** What a chart spans. */
export interface ChartSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Value at the top; at the bottom is zero. */
  readonly top: number;
}

/** Size of the drawing, in its own units. */
export const CHART: { readonly width: number; readonly height: number } = { width: 320, height: 80 };

/** The next round number above a value: 1, 2 or 5 times a power of ten. */
export function roundTop(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

function at({ atMs, value }: ChartPoint, { fromMs, toMs, top }: ChartSpan): string {
  const x = toMs === fromMs ? CHART.width : ((atMs - fromMs) / (toMs - fromMs)) * CHART.width;
  const y = CHART.height - (Math.min(value ?? 0, top) / top) * CHART.height;
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

/** Stretches in which something was measured all the time. */
function stretches(points: readonly ChartPoint[]): readonly (readonly ChartPoint[])[] {
  const found: ChartPoint[][] = [];
  points.forEach((point, i) => {
    if (point.value === undefined) return;
    const isOn = points[i - 1]?.value !== undefined;
    const last = found.at(-1);
    if (isOn && last !== undefined) last.push(point);
    else found.push([point]);
  });
  return found;
}

/** The line through the points, with a gap where nothing was measured. A point alone is a short stroke, so that it is seen. */
export function linePath(points: readonly ChartPoint[], span: ChartSpan): string {
  return stretches(points)
    .map((some) => {
      const [first = "", ...rest] = some.map((point) => at(point, span));
      return rest.length === 0 ? `M${first}h1` : `M${first}L${rest.join(" ")}`;
    })
    .join("");
}

/** Least, most and newest of what was measured; undefined where nothing was. */
export function extremes(
  points: readonly ChartPoint[],
): { readonly least: number; readonly most: number; readonly newest: number } | undefined {
  const values = points.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const newest = values.at(-1);
  return newest === undefined ? undefined : { least: Math.min(...values), most: Math.max(...values), newest };
}
