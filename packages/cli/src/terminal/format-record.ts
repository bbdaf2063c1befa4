import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { cleanText } from "./clean-text.ts";

function linesOf(value: JsonValue, indent: string): readonly string[] {
  if (typeof value !== "object" || value === null) return [`${indent}${cleanText(String(value))}`];
  const members: readonly (readonly [string, JsonValue])[] = Array.isArray(value)
    ? value.map((item: JsonValue) => ["-", item] as const)
    : Object.entries(value);
  return members.flatMap(([name, member]) => memberLines(name, member, indent));
}

function memberLines(name: string, value: JsonValue, indent: string): readonly string[] {
  const label = name === "-" ? "-" : `${cleanText(name, 128)}:`;
  const isPlain = typeof value !== "object" || value === null;
  if (isPlain) return [`${indent}${label} ${cleanText(String(value))}`];
  const below = linesOf(value, `${indent}  `);
  if (below.length === 0) return [`${indent}${label} none`];
  const [first = "", ...rest] = below;
  return name === "-" ? [`${indent}- ${first.trimStart()}`, ...rest] : [`${indent}${label}`, ...below];
}

/**
 * Lines of an object, nested by indentation.
 * Trust: values may hold text that others wrote; they are cleaned and cut.
 */
export function formatRecord(record: JsonObject): readonly string[] {
  return linesOf(record, "");
}
