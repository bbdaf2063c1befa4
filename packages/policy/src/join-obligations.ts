import type { Obligations } from "./read-annotations.ts";

function union(a: readonly string[] = [], b: readonly string[] = []): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}

function both(a: Obligations, b: Obligations): Obligations {
  const redactArguments = union(a.redact_arguments, b.redact_arguments);
  const redactResult = union(a.redact_result, b.redact_result);
  const rows = Math.min(a.cap_rows ?? Number.POSITIVE_INFINITY, b.cap_rows ?? Number.POSITIVE_INFINITY);
  // What one policy wants in full another cannot make less of; silence says nothing either way.
  const capture = a.capture === "full" || b.capture === "full" ? "full" : (a.capture ?? b.capture);
  return {
    ...(capture === undefined ? {} : { capture }),
    ...(rows === Number.POSITIVE_INFINITY ? {} : { cap_rows: rows }),
    ...(redactArguments.length === 0 ? {} : { redact_arguments: redactArguments }),
    ...(redactResult.length === 0 ? {} : { redact_result: redactResult }),
  };
}

/** All that these policies demand together: the union of what is redacted, the least rows, `full` before `digest`. */
export function joinObligations(all: readonly Obligations[]): Obligations {
  return all.reduce(both, {});
}
