import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type CompiledPolicies, compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import type { PolicyFile } from "../registry-file/read-policies.ts";

/** How one policy differs between two bundles; texts run from the first token to the semicolon. */
export interface PolicyDifference {
  readonly id: string;
  readonly before?: string;
  readonly after?: string;
}

function textsOf(policies: CompiledPolicies): ReadonlyMap<string, string> {
  return new Map(policies.inside().policies.map(({ id, text }) => [id, text]));
}

/** Compiles a bundle that is expected to. @throws `policy_invalid` naming the first problem */
export function compileOrRefuse(
  engine: PolicyEngine,
  bundle: { readonly files: readonly PolicyFile[]; readonly schema: string },
): CompiledPolicies {
  const outcome = compilePolicies(engine, bundle);
  if (outcome.kind === "compiled") return outcome.policies;
  const [first] = outcome.problems;
  throw new NarrowgateError(
    "policy_invalid",
    `${first?.file ?? ""}:${first?.line ?? 0}: ${first?.message ?? ""}`,
  );
}

/** Policies that are not the same in both, by id. */
export function diffPolicies(before: CompiledPolicies, after: CompiledPolicies): readonly PolicyDifference[] {
  const [was, is] = [textsOf(before), textsOf(after)];
  const ids = [...new Set([...was.keys(), ...is.keys()])].sort();
  return ids.flatMap((id) => {
    const [old, now] = [was.get(id), is.get(id)];
    if (old === now) return [];
    return [
      { id, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) },
    ];
  });
}

function prefixed(sign: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split("\n").map((line) => `  ${sign} ${line}`);
}

/** What a person reads of the differences. */
export function differenceLines(differences: readonly PolicyDifference[]): readonly string[] {
  if (differences.length === 0) return ["the same policies"];
  return differences.flatMap(({ id, before, after }) => [
    `${before === undefined ? "new" : after === undefined ? "ends" : "changed"}: ${id}`,
    ...prefixed("-", before),
    ...prefixed("+", after),
  ]);
}

/** The same for programs. */
export function differencesJson(differences: readonly PolicyDifference[]): JsonObject {
  return { differences: differences.map((one) => ({ ...one })) };
}
