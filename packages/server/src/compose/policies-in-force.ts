import { NarrowgateError } from "@narrowgate/kernel";
import {
  type CompiledPolicies,
  compilePolicies,
  type PolicyBundle,
  type PolicyEngine,
  type PolicyProblem,
} from "@narrowgate/policy";

/** A bundle that compiles, not yet in force; or why it does not. */
export type Compilation =
  | {
      readonly kind: "compiled";
      readonly digest: string;
      readonly procedure: string;
      readonly warnings: readonly PolicyProblem[];
      install(): void;
    }
  | { readonly kind: "rejected"; readonly problems: readonly PolicyProblem[] };

/** The one place that knows which policies decide now. */
export interface PoliciesInForce {
  /** Digest of the decision procedure this process runs. */
  readonly procedure: string;
  compile(bundle: PolicyBundle): Compilation;
  /** @throws `policy_engine_failed` when there are none: no policy, no permit */
  current(): { readonly compiled: CompiledPolicies; readonly procedure: string };
}

/** @param engine - the loaded decision engine; its procedure digest stands in each decision */
export function createPoliciesInForce(engine: PolicyEngine): PoliciesInForce {
  const procedure = engine.procedureDigest;
  let inForce: CompiledPolicies | undefined;
  return {
    procedure,
    compile(bundle) {
      const outcome = compilePolicies(engine, bundle);
      if (outcome.kind === "rejected") return outcome;
      const { policies, warnings } = outcome;
      return {
        kind: "compiled",
        digest: policies.digest,
        procedure,
        warnings,
        install: () => {
          inForce = policies;
        },
      };
    },
    current() {
      if (inForce === undefined)
        throw new NarrowgateError(
          "policy_engine_failed",
          "no policy is in force yet; apply a registry file first",
        );
      return { compiled: inForce, procedure };
    },
  };
}
