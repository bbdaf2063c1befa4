import { NarrowgateError } from "@narrowgate/kernel";
import {
  type CompiledPolicies,
  type CompileOutcome,
  compilePolicies,
  type PolicyBundle,
  type PolicyEngine,
  type PolicyProblem,
} from "@narrowgate/policy";
import { type PolicyTests, runPolicyTests, type TestReport, type World } from "@narrowgate/policy/testing";
import type { Shadow } from "../policy-bundles/index.ts";

/** A bundle that compiles, not yet in force; or why it does not. */
export type Compilation =
  | {
      readonly kind: "compiled";
      readonly digest: string;
      readonly procedure: string;
      readonly warnings: readonly PolicyProblem[];
      readonly ids: readonly string[];
      test(tests: readonly PolicyTests[], world: World): TestReport;
      install(): void;
    }
  | {
      readonly kind: "rejected";
      readonly stage: "read" | "validate";
      readonly problems: readonly PolicyProblem[];
    };

/** The one place that knows which policies decide now. */
export interface PoliciesInForce {
  /** Digest of the decision procedure this process runs. */
  readonly procedure: string;
  compile(bundle: PolicyBundle): Compilation;
  /** A candidate beside them. */
  readonly shadow: Shadow;
  /** Compiles a bundle and puts it into the shadow; changes nothing that is in force. */
  shadowWith(bundle: PolicyBundle): CompileOutcome;
  /** @throws `policy_missing` when there are none: no policy, no permit */
  current(): {
    readonly compiled: CompiledPolicies;
    readonly procedure: string;
    /** Namespace of what is decided for others. */
    readonly profile?: string;
  };
}

/** @param shadow - where candidates are tried; @param engine - the loaded decision engine; its procedure digest stands in each decision */
export function createPoliciesInForce(engine: PolicyEngine, shadow: Shadow): PoliciesInForce {
  const procedure = engine.procedureDigest;
  let inForce: { readonly compiled: CompiledPolicies; readonly profile?: string } | undefined;
  return {
    procedure,
    shadow,
    shadowWith(bundle) {
      const outcome = compilePolicies(engine, bundle);
      if (outcome.kind === "compiled") shadow.put(outcome.policies);
      return outcome;
    },
    compile(bundle) {
      const outcome = compilePolicies(engine, bundle);
      if (outcome.kind === "rejected") return outcome;
      const { policies, warnings, profile } = outcome;
      return {
        kind: "compiled",
        digest: policies.digest,
        procedure,
        warnings,
        ids: policies.ids(),
        test: (tests, world) => runPolicyTests(policies, tests, world),
        install: () => {
          inForce = { compiled: policies, ...(profile === undefined ? {} : { profile }) };
        },
      };
    },
    current() {
      if (inForce === undefined)
        throw new NarrowgateError(
          "policy_missing",
          "no policy is in force, so nothing is allowed; an operator applies a registry file that names policies",
        );
      return { ...inForce, procedure };
    },
  };
}
