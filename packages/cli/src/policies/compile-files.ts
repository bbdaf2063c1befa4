import type { JsonObject } from "@narrowgate/kernel";
import {
  type CompiledPolicies,
  compilePolicies,
  type PolicyEngine,
  type PolicyProblem,
  type RegisteredTool,
  schemaFromRegistry,
} from "@narrowgate/policy";
import type { PolicyFile } from "../registry-file/read-policies.ts";
import { cleanText } from "../terminal/clean-text.ts";

/** Policies of files, compiled without a server; or every reason why not. */
export type CompiledFiles =
  | {
      readonly kind: "compiled";
      readonly policies: CompiledPolicies;
      readonly bundle: { readonly files: readonly PolicyFile[]; readonly schema: string };
      readonly warnings: readonly PolicyProblem[];
    }
  | { readonly kind: "rejected"; readonly problems: readonly PolicyProblem[] };

/** Compiles files against the schema that these definitions make. @throws `policy_engine_failed` */
export function compileFiles(
  engine: PolicyEngine,
  files: readonly PolicyFile[],
  definitions: readonly RegisteredTool[],
): CompiledFiles {
  const { schema } = schemaFromRegistry({ tools: definitions });
  const bundle = { files, schema };
  const outcome = compilePolicies(engine, bundle);
  if (outcome.kind === "rejected") return { kind: "rejected", problems: outcome.problems };
  return { kind: "compiled", policies: outcome.policies, bundle, warnings: outcome.warnings };
}

/** A problem with its place, on one line. */
export function problemLine({ file, line, policy, message }: PolicyProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return cleanText(policy === undefined ? `${place}: ${message}` : `${place}: ${policy}: ${message}`);
}

/** The same for programs. */
export function problemJson({ file, line, policy, message }: PolicyProblem): JsonObject {
  return {
    file,
    ...(line === undefined ? {} : { line }),
    ...(policy === undefined ? {} : { policy }),
    message,
  };
}
