import type { Looked } from "./look.ts";
import type { Sabotage } from "./sabotages.ts";

const BEGIN = "<!-- table: written by `npm run sabotage` -->";
const END = "<!-- end of table -->";

/** What was seen of one sabotage. */
export interface Row {
  readonly sabotage: Sabotage;
  readonly looked: Looked;
}

/** Who noticed, beside what is also seen of a server that nobody broke. */
export interface Noticed {
  readonly drills: readonly string[];
  readonly controls: readonly string[];
  readonly rules: readonly string[];
}

/** Compares with a server as it is. @param honest - what was seen of that one */
export function noticedOf(looked: Looked, honest: Looked): Noticed {
  const drills = looked.drills.filter(({ verdict }) => verdict === "fail");
  return {
    drills: drills.map(({ name, failures, trials }) => `${name} (${failures} of ${trials})`),
    controls: looked.red.filter((control) => !honest.red.includes(control)),
    rules: looked.rules.filter((rule) => !honest.rules.includes(rule)),
  };
}

const listed = (items: readonly string[]): string => (items.length === 0 ? "-" : items.join(", "));

function line({ sabotage, looked }: Row, honest: Looked): string {
  const { drills, controls, rules } = noticedOf(looked, honest);
  const ran = looked.drills.map(({ name }) => name);
  const isCaught = drills.length + controls.length + rules.length > 0;
  const cells = [`\`${sabotage.id}\``, sabotage.what, listed(ran), listed(drills), listed(controls)];
  return `| ${[...cells, listed(rules), isCaught ? "yes" : "**no**"].join(" | ")} |`;
}

/** The table, uncaught ones among the others. */
export function formatTable(rows: readonly Row[], honest: Looked): string {
  const head =
    "| sabotage | what is broken | ran | failed | controls turned red | verifier: rules hurt | caught |";
  return [head, "| --- | --- | --- | --- | --- | --- | --- |", ...rows.map((row) => line(row, honest))].join(
    "\n",
  );
}

/** Puts it in its place on the page. @throws RangeError when the page has no such place */
export function replaceTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new RangeError("the page has no place for the table");
  return `${page.slice(0, from + BEGIN.length)}\n${table}\n${page.slice(to)}`;
}
