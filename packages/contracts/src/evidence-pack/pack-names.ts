const sixDigits = 6;
const numbered = (folder: string, number: number, end: string): string =>
  `${folder}/${String(number).padStart(sixDigits, "0")}${end}`;

/** Names of the files of an evidence pack, in their order. @see docs/spec/evidence-pack.md K-2 */
export const PACK_NAMES = {
  readme: "README.txt",
  pack: "pack.json",
  release: "release.json",
  facts: "facts.json",
  text: "reports/report.txt",
  json: "reports/report.json",
  html: "reports/report.html",
  oscal: "reports/report.oscal.json",
  certificate: "certificate.json",
  servers: "servers.json",
  end: "end.json",
} as const;

/** Name of the text of a policy. @param digest - of the text */
export function policyName(digest: string): string {
  return `policies/${digest}.cedar`;
}

/** Name of a file of leaves. @param number - from 1 */
export function populationName(number: number): string {
  return numbered("population", number, ".jsonl");
}

/** Name of a bundle. @param number - from 1 */
export function transactionName(number: number): string {
  return numbered("transactions", number, ".json");
}
