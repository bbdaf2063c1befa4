import type { ReactNode } from "react";
import { CHART, type ChartPoint, extremes, linePath, roundTop } from "../view/chart-path.ts";
import { spanWords } from "../view/span-words.ts";

/** One line of a chart. */
export interface ChartLine {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** The same in words, for whoever does not see the line, and to be read off exactly. */
function lineWords({ points }: ChartLine, unit: string): string {
  const found = extremes(points);
  if (found === undefined) return "nothing measured yet";
  const { least, most, newest } = found;
  return `now ${shown(newest)} ${unit}, least ${shown(least)}, most ${shown(most)}`;
}

/** A small chart over time with its figures in words beside it. At most two lines. */
export function LineChart(props: {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly ChartLine[];
}): ReactNode {
  const { title, unit, lines } = props;
  const all = lines.flatMap(({ points }) => points);
  const times = all.map(({ atMs }) => atMs);
  const [fromMs, toMs] = times.length === 0 ? [0, 0] : [Math.min(...times), Math.max(...times)];
  const top = roundTop(extremes(all)?.most ?? 0);
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong>
        {lines.map((line, i) => (
          <span key={line.name} className={`chart-words is-line-${i + 1}`}>
            {line.name === title ? "" : `${line.name}: `}
            {lineWords(line, unit)}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${CHART.width} ${CHART.height}`} preserveAspectRatio="none" aria-hidden="true">
        <path className="chart-grid" d={`M0 0H${CHART.width}M0 ${CHART.height / 2}H${CHART.width}`} />
        {lines.map(({ name, points }, i) => (
          <path
            key={name}
            className={`chart-line is-line-${i + 1}`}
            d={linePath(points, { fromMs, toMs, top })}
          />
        ))}
      </svg>
      <p className="chart-scale">
        <span>{times.length === 0 ? "" : `over ${spanWords(Math.round((toMs - fromMs) / 1000))}`}</span>
        <span>
          top {top} {unit}
        </span>
      </p>
    </figure>
  );
}
