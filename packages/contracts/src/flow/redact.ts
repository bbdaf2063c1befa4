import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/** A pointer as steps; `*` stands for every item of a list. */
type Steps = readonly string[];

/** What is left to do one step down; undefined where the member itself goes. */
function below(name: string, all: readonly Steps[], isItem: boolean): readonly Steps[] | undefined {
  const rests = all.filter(([step]) => step === name || (isItem && step === "*")).map(([, ...rest]) => rest);
  return rests.some((rest) => rest.length === 0) ? undefined : rests;
}

function without(value: JsonValue, all: readonly Steps[]): JsonValue {
  if (all.length === 0 || typeof value !== "object" || value === null) return value;
  const kept = (name: string, item: JsonValue, isItem: boolean): JsonValue[] => {
    const rests = below(name, all, isItem);
    return rests === undefined ? [] : [without(item, rests)];
  };
  if (Array.isArray(value)) return value.flatMap((item, i) => kept(String(i), item, true));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      kept(name, item, false).map((left): [string, JsonValue] => [name, left]),
    ),
  );
}

/**
 * A copy without what the pointers name, each read in the value as it was; what they do not reach is left as it is.
 * Trust: `value` is attacker-controlled and bounded by its reader.
 * @param pointers - JSON Pointers; a step `*` is every item of a list
 * @see docs/spec/evidence.md E-32
 */
export function redact(value: JsonObject, pointers: readonly string[]): JsonObject {
  const steps = pointers.map((pointer) =>
    pointer
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")),
  );
  const redacted = without(value, steps);
  return typeof redacted === "object" && redacted !== null && !Array.isArray(redacted)
    ? Object.fromEntries(Object.entries(redacted))
    : {};
}
