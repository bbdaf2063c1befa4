import { oneLine, type Survivor } from "./results.ts";

/** A survivor that the page lists, with the reason it may stay. */
export interface ListedSurvivor extends Survivor {
  readonly reason: string;
}

/** A code span of the page, fenced by as many backticks as it needs; `name` is what its text is called in the match. */
function spanPattern(name: string): string {
  return String.raw`(?<${name}Fence>\x60+) ?(?<${name}>.+?) ?\k<${name}Fence>(?!\x60)`;
}

const patterns = ["file", "line", "original", "replacement"].map(spanPattern);
const entry = new RegExp(
  `^- ${patterns[0]}: ${patterns[1]}, ${patterns[2]} becomes ${patterns[3]}\\. (?<reason>.+)$`,
);

/**
 * The survivors a page lists: one list item each, `file: line, original becomes replacement. Reason.`, the first four in
 * code spans. A list item that begins with a file of a workspace and is no such entry is a mistake.
 */
export function parseSurvivors(page: string): ListedSurvivor[] {
  return page.split("\n").flatMap((text, index) => {
    if (!text.startsWith("- `packages/")) return [];
    const { file, line, original, replacement, reason } = entry.exec(text)?.groups ?? {};
    if (file === undefined || line === undefined || original === undefined || reason === undefined) {
      throw new SyntaxError(`line ${index + 1} of the page is no survivor: ${text}`);
    }
    return [{ file, line, original, replacement: asReplacement(replacement), reason }];
  });
}

function asReplacement(text: string | undefined): string {
  return text === undefined || text === "nothing" ? "" : text;
}

/** An entry for the page; the reason is left to a person. */
export function formatSurvivor({ file, line, original, replacement }: Survivor): string {
  const words = [file, line, original, replacement === "" ? "nothing" : replacement].map(codeSpan);
  return `- ${words[0]}: ${words[1]}, ${words[2]} becomes ${words[3]}. REASON`;
}

function codeSpan(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Survivors found that are not listed, and listed ones that were not found in files that were mutated. */
export function compareSurvivors(
  found: readonly Survivor[],
  listed: readonly ListedSurvivor[],
): { readonly unlisted: readonly Survivor[]; readonly gone: readonly ListedSurvivor[] } {
  const foundKeys = new Set(found.map(keyOf));
  const listedKeys = new Set(listed.map(keyOf));
  return {
    unlisted: found.filter((survivor) => !listedKeys.has(keyOf(survivor))),
    gone: listed.filter((survivor) => !foundKeys.has(keyOf(survivor))),
  };
}

function keyOf({ file, line, original, replacement }: Survivor): string {
  return JSON.stringify([file, line, original, replacement]);
}

/** Listed survivors whose code is not there any more, one sentence each. */
export function staleSurvivors(
  listed: readonly ListedSurvivor[],
  read: (path: string) => string | undefined,
): string[] {
  return listed.flatMap(({ file, line, original, reason }) => {
    const source = read(file);
    if (source === undefined) return [`${file} is not there`];
    if (!source.split("\n").some((text) => oneLine(text) === line))
      return [`${file} has no line \`${line}\``];
    if (!source.replaceAll(/\s+/g, " ").includes(original.replace(/…$/, "")))
      return [`${file} does not hold \`${original}\``];
    return reason.length < 12 || reason.includes("REASON") ? [`${file}: \`${line}\` has no reason`] : [];
  });
}
