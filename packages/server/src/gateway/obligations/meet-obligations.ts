import { redact, valueAt } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import type { Obligations } from "../ports.ts";

/** Arguments as they may leave. @see docs/spec/evidence.md E-32 */
export function argumentsToSend(params: JsonObject, { redact_arguments: pointers }: Obligations): JsonObject {
  const given = params["arguments"];
  if (pointers === undefined || typeof given !== "object" || given === null || Array.isArray(given))
    return params;
  return { ...params, arguments: redact(Object.fromEntries(Object.entries(given)), pointers) };
}

function replaceAt(value: JsonValue, [step, ...rest]: readonly string[], replacement: JsonValue): JsonValue {
  if (step === undefined) return replacement;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, i) => (String(i) === step ? replaceAt(item, rest, replacement) : item));
  const members = Object.entries(value).map(([name, item]): [string, JsonValue] => [
    name,
    name === step ? replaceAt(item, rest, replacement) : item,
  ]);
  return Object.fromEntries(members);
}

/** @returns undefined when there are no rows where the registration says they stand, so that nobody can count them */
function capped(result: JsonObject, most: number, pointer: string): JsonObject | undefined {
  const rows = valueAt(result, pointer);
  if (!Array.isArray(rows)) return result["isError"] === true ? result : undefined;
  if (rows.length <= most) return result;
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const cut = replaceAt(result, steps, rows.slice(0, most));
  return typeof cut === "object" && cut !== null && !Array.isArray(cut)
    ? Object.fromEntries(Object.entries(cut))
    : undefined;
}

/** Text that repeats structured content would show what was taken out of it, so it is written anew, or goes too. */
function mirrored(before: JsonObject, after: JsonObject): JsonObject {
  const structured = after["structuredContent"];
  if (canonicalJson(structured ?? null) === canonicalJson(before["structuredContent"] ?? null)) return after;
  const text = structured === undefined ? [] : [{ type: "text", text: canonicalJson(structured) }];
  return { ...after, content: text };
}

/** Whether policy holds back a part of what is answered: then words that are no result, which no pointer reaches, stay here. */
export function holdsBack({ redact_result: pointers, cap_rows: most }: Obligations): boolean {
  return pointers !== undefined || most !== undefined;
}

/**
 * A result as the caller may see it.
 * @param rows - where the registration says its rows stand
 * @returns undefined when rows are to be capped and nobody can say where they stand: then nothing may be shown
 * @see docs/spec/evidence.md E-32
 */
export function resultToShow(
  result: JsonObject,
  { redact_result: pointers, cap_rows: most }: Obligations,
  rows: string | undefined,
): JsonObject | undefined {
  if (most !== undefined && rows === undefined) return undefined;
  const few = most === undefined || rows === undefined ? result : capped(result, most, rows);
  if (few === undefined) return undefined;
  return mirrored(result, pointers === undefined ? few : redact(few, pointers));
}
