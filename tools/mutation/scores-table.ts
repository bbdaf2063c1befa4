import type { RoomResult } from "./results.ts";

const begin = "<!-- scores: written by `npm run mutation` -->";
const end = "<!-- end of scores -->";

/** One row of the table of scores. What does not compile is no mutant. */
export function scoreRow({ room, counts }: RoomResult, minutes: number, day: string): string {
  const killed = counts.Killed + counts.RuntimeError;
  const caught = killed + counts.Timeout;
  const all = caught + counts.Survived + counts.NoCoverage;
  const score = all === 0 ? "" : `${((100 * caught) / all).toFixed(1)} %`;
  const numbers = [all, killed, counts.Timeout, counts.Survived, counts.NoCoverage];
  return `| ${[room, ...numbers, score, minutes.toFixed(0), day].join(" | ")} |`;
}

/** Puts a room's row into the generated part of the page, in the place of its earlier one. */
export function replaceRow(page: string, room: string, row: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new SyntaxError("the page has no generated part");
  const lines = page.slice(from, to).trimEnd().split("\n");
  const at = lines.findIndex((line) => line.startsWith(`| ${room} |`));
  if (at === -1) lines.push(row);
  else lines[at] = row;
  return `${page.slice(0, from)}${lines.join("\n")}\n${page.slice(to)}`;
}
