import { METRIC_NAMES, METRICS, type MetricName, type MetricRow } from "./catalogue.ts";

/** Most series of one metric; what comes beyond counts under `other`. */
export const MAX_SERIES = 500;
const OTHER = "other";

/** Values of labels, by name. Trust: the caller's own words or names that an operator registered, never a request's. */
export type Labels = Readonly<Record<string, string>>;

/** One line of the answer before it is text. */
export interface Sample {
  /** What follows the name of the metric: `_bucket`, `_sum`, `_count` or nothing. */
  readonly suffix: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

interface Series {
  readonly values: readonly string[];
  value: number;
  /** Of a histogram: observations by bucket, the last beyond all bounds. */
  readonly buckets: number[];
  count: number;
}

/** The series of one metric. */
class Family {
  readonly row: MetricRow;
  readonly #series = new Map<string, Series>();

  constructor(row: MetricRow) {
    this.row = row;
    // A metric without labels is there from the start, so that an alert sees 0 and not nothing.
    if (row.labels.length === 0) this.at({});
  }

  at(labels: Labels): Series {
    const values = this.row.labels.map((name) => labels[name] ?? OTHER);
    const key = values.join("\0");
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    // INVARIANT: bounded, whatever names come: memory, and the size of the answer.
    const isFull = this.#series.size >= MAX_SERIES && values.some((value) => value !== OTHER);
    if (isFull) return this.at({});
    const buckets = this.row.buckets === undefined ? [] : Array<number>(this.row.buckets.length + 1).fill(0);
    const made: Series = { values, value: 0, buckets, count: 0 };
    this.#series.set(key, made);
    return made;
  }

  clear(): void {
    this.#series.clear();
  }

  samples(): readonly Sample[] {
    return [...this.#series.values()].flatMap((series) => this.#samplesOf(series));
  }

  #samplesOf({ values, value, buckets, count }: Series): readonly Sample[] {
    const labels = this.row.labels.map((name, at) => [name, values[at] ?? OTHER] as const);
    if (this.row.kind !== "histogram") return [{ suffix: "", labels, value }];
    const bounds = [...(this.row.buckets ?? []).map(String), "+Inf"];
    let below = 0;
    const lines = bounds.map((bound, at): Sample => {
      below += buckets[at] ?? 0;
      return { suffix: "_bucket", labels: [...labels, ["le", bound]], value: below };
    });
    return [...lines, { suffix: "_sum", labels, value }, { suffix: "_count", labels, value: count }];
  }
}

/** Where metrics are kept between scrapes. In memory; all begins at 0 with the process. */
export interface Metrics {
  /** Adds to a counter. @param by - not negative */
  count(name: MetricName, labels?: Labels, by?: number): void;
  /** One observation of a histogram, in the unit of the metric. */
  observe(name: MetricName, value: number, labels?: Labels): void;
  /** What a gauge shows from now on. */
  set(name: MetricName, value: number, labels?: Labels): void;
  /** Forgets the series of a gauge, before those that still are get set. */
  clear(name: MetricName): void;
  /** All that is shown, in the order of the catalogue. */
  families(): readonly {
    readonly name: MetricName;
    readonly row: MetricRow;
    readonly samples: readonly Sample[];
  }[];
}

function bucketOf(bounds: readonly number[], value: number): number {
  const at = bounds.findIndex((bound) => value <= bound);
  return at < 0 ? bounds.length : at;
}

/** Makes an empty set of every metric in the catalogue. */
export function createMetrics(): Metrics {
  const families = new Map<MetricName, Family>(METRIC_NAMES.map((name) => [name, new Family(METRICS[name])]));
  const at = (name: MetricName, labels: Labels): Series => {
    const family = families.get(name) ?? new Family(METRICS[name]);
    families.set(name, family);
    return family.at(labels);
  };
  return {
    count(name, labels = {}, by = 1) {
      at(name, labels).value += by;
    },
    observe(name, value, labels = {}) {
      const series = at(name, labels);
      const bucket = bucketOf(METRICS[name].buckets ?? [], value);
      series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
      series.value += value;
      series.count += 1;
    },
    set(name, value, labels = {}) {
      at(name, labels).value = value;
    },
    clear: (name) => families.get(name)?.clear(),
    families: () =>
      [...families].map(([name, family]) => ({ name, row: family.row, samples: family.samples() })),
  };
}
