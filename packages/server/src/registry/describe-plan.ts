import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { PolicyBundle } from "@narrowgate/policy";
import type { FieldChange } from "./diff-fields.ts";
import { diffLines } from "./diff-lines.ts";
import type { Plan, PlanStep } from "./plan-step.ts";

const signs = { create: "+", change: "~", retire: "-" } as const;
type PolicyStep = Extract<PlanStep, { kind: "policy" }>;

/** A change that fits on one line is shown on one. */
const maxOnOneLine = 160;
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** JSON text; escapes keep any text on its line. */
function shown(value: JsonValue | undefined): string {
  return value === undefined ? "(nothing)" : JSON.stringify(value).replace(unsafe, "?");
}

function pretty(value: JsonValue | undefined): readonly string[] {
  return value === undefined ? [] : JSON.stringify(value, null, 2).split("\n").map(clean);
}

function clean(line: string): string {
  return line.replace(unsafe, "?");
}

function below(path: string, before: readonly string[], after: readonly string[]): readonly string[] {
  return [`    ${path}:`, ...diffLines(before, after).map((line) => `      ${line}`)];
}

function fieldLines({ path, before, after }: FieldChange): readonly string[] {
  const line =
    before === undefined
      ? `    ${path}: ${shown(after)}`
      : `    ${path}: ${shown(before)} -> ${shown(after)}`;
  return line.length <= maxOnOneLine ? [line] : below(path, pretty(before), pretty(after));
}

/** Policies are compared as they were written; the schema follows the tools, and is not for reading. */
function policyLines({ path, before, after }: FieldChange, step: PolicyStep): readonly string[] {
  const name = path.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
  if (name === "schema") return ["    schema: follows the approved tools"];
  const textOf = (bundle: PolicyBundle | undefined): readonly string[] =>
    bundle?.files
      .find((file) => file.name === name)
      ?.text.split(/\r?\n/)
      .map(clean) ?? [];
  const sign = before === undefined ? "new" : after === undefined ? "gone" : "changed";
  return below(`${clean(name)} (${sign})`, textOf(step.before), textOf(step.bundle));
}

function stepLines(step: PlanStep): readonly string[] {
  const head = `${signs[step.action]} ${step.kind} ${step.id}`;
  if (step.action === "retire") return [`${head} (retired; its id is never given again)`];
  if (step.kind === "policy") return [head, ...step.fields.flatMap((field) => policyLines(field, step))];
  return [head, ...step.fields.flatMap(fieldLines)];
}

/** What a person reads before confirming. Trust: texts of the file stand in it as JSON, never raw. */
export function planLines({ steps, unmanaged, warnings, alerts }: Plan): readonly string[] {
  const lines = steps.flatMap(stepLines);
  const left = unmanaged.map(
    ({ kind, id }) => `? ${kind} ${id} (registered, not in this file; left as it is)`,
  );
  const odd = warnings.map(
    ({ file, line, message }) => `! ${file}${line === undefined ? "" : `:${line}`}: ${message}`,
  );
  const all = [...lines, ...left, ...odd, ...alerts.map((alert) => `!! ${clean(alert)}`)];
  return all.length === 0 ? ["nothing to change"] : all;
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
    alerts: [...plan.alerts],
    ends: plan.steps.flatMap((step) => (step.kind === "policy" ? step.ends : [])),
    lines: [...planLines(plan)],
  };
}
