/** One series of a scrape. */
export interface Scraped {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;

/** Reads the text exposition; throws on a line that has not its form. */
export function readExposition(text: string): readonly Scraped[] {
  return text
    .split("\n")
    .filter((one) => one !== "" && !one.startsWith("#"))
    .map((one) => {
      const [, name = "", inner = "", value = ""] = line.exec(one) ?? [];
      if (name === "" || Number.isNaN(Number(value.replace("+Inf", "Infinity")))) throw new RangeError(one);
      const pairs = [...inner.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, label = "", held = ""]) => [label, held])),
        value: Number(value),
      };
    });
}

/** Reads the metrics of an instance. */
export async function scrape(url: string): Promise<readonly Scraped[]> {
  const answer = await fetch(url);
  if (!answer.ok) throw new RangeError(`the scrape was answered ${answer.status}`);
  return readExposition(await answer.text());
}

/** Sum over the series of a metric that have these labels; 0 where there is none. */
export function sumOf(
  scraped: readonly Scraped[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return scraped
    .filter(
      (one) =>
        one.name === name && Object.entries(labels).every(([label, held]) => one.labels[label] === held),
    )
    .reduce((sum, { value }) => sum + value, 0);
}
