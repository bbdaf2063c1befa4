import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { FieldChange } from "./diff-fields.ts";
import type { Plan, PlanStep } from "./plan-step.ts";

const signs = { create: "+", change: "~", retire: "-" } as const;
const maxShown = 160;

/** JSON text, cut; escapes keep any text on its line. */
function shown(value: JsonValue | undefined): string {
  if (value === undefined) return "(nothing)";
  const text = JSON.stringify(value).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, "?");
  return text.length <= maxShown ? text : `${text.slice(0, maxShown)}...`;
}

function fieldLine({ path, before, after }: FieldChange): string {
  if (before === undefined) return `    ${path}: ${shown(after)}`;
  return `    ${path}: ${shown(before)} -> ${shown(after)}`;
}

function stepLines(step: PlanStep): readonly string[] {
  const head = `${signs[step.action]} ${step.kind} ${step.id}`;
  if (step.action === "retire") return [`${head} (retired; its id is never given again)`];
  return [head, ...step.fields.map(fieldLine)];
}

/** What a person reads before confirming. Trust: texts of the file stand in it as JSON, never raw. */
export function planLines({ steps, unmanaged, warnings }: Plan): readonly string[] {
  const lines = steps.flatMap(stepLines);
  const left = unmanaged.map(
    ({ kind, id }) => `? ${kind} ${id} (registered, not in this file; left as it is)`,
  );
  const odd = warnings.map(
    ({ file, line, message }) => `! ${file}${line === undefined ? "" : `:${line}`}: ${message}`,
  );
  return lines.length + left.length + odd.length === 0 ? ["nothing to change"] : [...lines, ...left, ...odd];
}

/** The plan as data, for `--json` and the admin API. */
export function formatPlan(plan: Plan): JsonObject {
  return {
    revision: plan.revision,
    steps: plan.steps.map(({ kind, id, action, fields }) => ({
      kind,
      id,
      action,
      fields: fields.map((field) => ({ ...field })),
    })),
    unmanaged: plan.unmanaged.map((object) => ({ ...object })),
    warnings: plan.warnings.map((warning) => ({ ...warning })),
    lines: [...planLines(plan)],
  };
}
