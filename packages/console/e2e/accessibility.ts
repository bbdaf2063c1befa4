import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const engine = await readFile(
  fileURLToPath(new URL("ace.js", import.meta.resolve("accessibility-checker-engine"))),
  "utf8",
);

/** Rules that take most of the time of a long page: one only asks a person to look, one is about inline styles, which we forbid. */
const slow = ["element_tabbable_unobscured", "text_spacing_valid"];

/**
 * What runs in the page: everything that surely breaks a rule, each with where. What only a person can judge is left out,
 * and so is what is folded away: the checker takes the labels in it for missing.
 */
const check = `(async () => {
  const checker = new ace.Checker();
  const all = checker.rulesetRules;
  all.IBM_Accessibility = all.IBM_Accessibility.filter((rule) => !${JSON.stringify(slow)}.includes(rule));
  const { results } = await checker.check(document, ["IBM_Accessibility"]);
  const sure = results.filter(({ node, value: [policy, outcome] }) =>
    policy === "VIOLATION" && outcome === "FAIL" && node.checkVisibility?.() !== false);
  return [...new Set(sure.map(({ ruleId, message, snippet }) => ruleId + ": " + message + " " + snippet))];
})()`;

/** Rules of accessibility (WCAG 2.2 and the checker's own) that a page breaks as it is now, each with where. */
export function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, so that the page's own policy on scripts stays as strict as it is.
  return page.evaluate<readonly string[]>(`${engine};\n${check}`);
}
