import type { Metrics, Sample } from "./instruments.ts";

/** Media type of the answer. @see Prometheus exposition formats, text format 0.0.4 */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function line(name: string, { suffix, labels, value }: Sample): string {
  const inner = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(",");
  return `${name}${suffix}${inner === "" ? "" : `{${inner}}`} ${String(value)}`;
}

/** All metrics as text. A metric that has no series shows its kind all the same. */
export function exposition(metrics: Metrics): string {
  const blocks = metrics
    .families()
    .map(({ name, row, samples }) =>
      [
        `# HELP ${name} ${row.help.replaceAll("\\", "\\\\")}`,
        `# TYPE ${name} ${row.kind}`,
        ...samples.map((sample) => line(name, sample)),
      ].join("\n"),
    );
  return `${blocks.join("\n")}\n`;
}
