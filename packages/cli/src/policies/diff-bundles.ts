import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { type CompiledPolicies, compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import type { PolicyDifference } from "@narrowgate/policy/analysis";
import type { PolicyFile } from "../registry-file/read-policies.ts";

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
