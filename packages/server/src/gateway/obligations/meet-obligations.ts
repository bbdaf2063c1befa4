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
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).map(([name, item]): [string, JsonValue] => [
    name,
    name === step ? replaceAt(item, rest, replacement) : item,
  ]);
  return Object.fromEntries(members);
}

function capped(result: JsonObject, most: number, pointer: string): JsonObject {
  const rows = valueAt(result, pointer);
  if (!Array.isArray(rows) || rows.length <= most) return result;
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const cut = replaceAt(result, steps, rows.slice(0, most));
  return typeof cut === "object" && cut !== null && !Array.isArray(cut)
    ? Object.fromEntries(Object.entries(cut))
    : {};
}

/** Text that repeats structured content would show what was taken out of it, so it is written anew. */
function mirrored(before: JsonObject, after: JsonObject): JsonObject {
  const structured = after["structuredContent"];
  if (
    structured === undefined ||
    canonicalJson(structured) === canonicalJson(before["structuredContent"] ?? null)
  )
    return after;
  return { ...after, content: [{ type: "text", text: canonicalJson(structured) }] };
}

/** Whether policy holds back a part of what is answered: then words that are no result, which no pointer reaches, stay here. */
export function holdsBack({ redact_result: pointers, cap_rows: most }: Obligations): boolean {
  return pointers !== undefined || most !== undefined;
}

/**
 * A result as the caller may see it.
 * @param rows - where the registration says its rows stand
 * @returns undefined when rows are to be capped and nobody said where they stand: then nothing may be shown
 * @see docs/spec/evidence.md E-32
 */
export function resultToShow(
  result: JsonObject,
  { redact_result: pointers, cap_rows: most }: Obligations,
  rows: string | undefined,
): JsonObject | undefined {
  if (most !== undefined && rows === undefined) return undefined;
  const few = most === undefined || rows === undefined ? result : capped(result, most, rows);
  return mirrored(result, pointers === undefined ? few : redact(few, pointers));
}
