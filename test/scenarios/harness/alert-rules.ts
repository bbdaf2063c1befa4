import { readFile } from "node:fs/promises";
import type { JsonObject } from "@narrowgate/kernel";
import { readYaml } from "@narrowgate/policy/yaml";
import { asObject, objectsAt, textAt } from "../../../packages/cli/src/admin/read-answer.ts";
import type { Scraped } from "./scrape.ts";

/** One alert as it ships. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly severity: string;
  readonly runbook: string;
}

/** What an expression selects: a metric with matchers, and the labels it groups by. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly { readonly label: string; readonly op: string; readonly value: string }[];
}

const FILE = new URL("../../../deploy/prometheus/narrowgate.rules.yml", import.meta.url);

/** The rules that ship, read as YAML. */
export async function readAlertRules(): Promise<readonly AlertRule[]> {
  const document: JsonObject = asObject(readYaml(await readFile(FILE, "utf8"), "narrowgate.rules.yml"));
  return objectsAt(document, "groups").flatMap((group) =>
    objectsAt(group, "rules").map((rule) => ({
      alert: textAt(rule, "alert"),
      expr: textAt(rule, "expr"),
      severity: textAt(asObject(rule["labels"] ?? {}), "severity"),
      runbook: textAt(asObject(rule["annotations"] ?? {}), "runbook"),
    })),
  );
}

/** Metrics that an expression names. Words of the language and what it groups by are none. */
export function selectorsOf(expr: string): readonly Selector[] {
  const grouped = expr.replaceAll(/\b(?:by|on|without|ignoring) *\([^)]*\)/g, " ");
  return [...grouped.matchAll(/\b((?:narrowgate|process|up)\w*)(?:\{([^}]*)\})?/g)].map(
    ([, name = "", inner = ""]) => ({
      name,
      matchers: [...inner.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(
        ([, label = "", op = "", value = ""]) => ({
          label,
          op,
          value,
        }),
      ),
    }),
  );
}

/** Whether brackets of an expression close in the order they opened. */
export function isBalanced(expr: string): boolean {
  const open: string[] = [];
  for (const char of expr.replaceAll(/"[^"]*"/g, "")) {
    if ("([{".includes(char)) open.push(char);
    else if (")]}".includes(char) && open.pop() !== "([{"[")]}".indexOf(char)]) return false;
  }
  return open.length === 0;
}

/** Selectors of one value each: what a pattern of several words asks for, word by word. */
export function singleSelectors(expr: string): readonly Selector[] {
  return selectorsOf(expr).flatMap((selector) => {
    const at = selector.matchers.findIndex(({ op, value }) => op === "=~" && value.includes("|"));
    if (at < 0) return [selector];
    return (selector.matchers[at]?.value ?? "").split("|").map((value) => ({
      ...selector,
      matchers: selector.matchers.map((one, place) => (place === at ? { ...one, op: "=", value } : one)),
    }));
  });
}

/** Series of a scrape that a selector finds. */
export function seriesOf({ name, matchers }: Selector, scraped: readonly Scraped[]): readonly Scraped[] {
  const fits = ({ labels }: Scraped): boolean =>
    matchers.every(({ label, op, value }) => {
      const held = labels[label] ?? "";
      return op === "=~" ? new RegExp(`^(?:${value})$`).test(held) : held === value;
    });
  return scraped.filter((one) => one.name === name && fits(one));
}

/** Sum over what a selector finds in a scrape. */
export function found(selector: Selector, scraped: readonly Scraped[]): number {
  return seriesOf(selector, scraped).reduce((sum, { value }) => sum + value, 0);
}
