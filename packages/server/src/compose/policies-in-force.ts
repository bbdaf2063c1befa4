import type { StateChange } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import {
  type CompileOutcome,
  compileOverlays,
  compilePolicies,
  type PolicyBundle,
  type PolicyEngine,
  type PolicyProblem,
} from "@narrowgate/policy";
import { type PolicyTests, runPolicyTests, type TestReport, type World } from "@narrowgate/policy/testing";
import { overlaysAgainst } from "@narrowgate/verifier";
import type { Overlays, Shadow } from "../policy-bundles/index.ts";
import type { DecidingBundle, KeptPolicies } from "./kept-policies.ts";

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
  /** What decides. */
  readonly engine: PolicyEngine;
  /** Digest of the decision procedure this process runs. */
  readonly procedure: string;
  compile(bundle: PolicyBundle): Compilation;
  /** A candidate beside them. */
  readonly shadow: Shadow;
  /** Compiles a bundle and puts it into the shadow; changes nothing that is in force. */
  shadowWith(bundle: PolicyBundle): CompileOutcome;
  /** @throws `policy_missing` when there are none: no policy, no permit */
  current(): InForce;
  /** Those of a release, by the digest that its deployment names. @throws `policy_missing` when they are not ready */
  of(digest: string): InForce;
  /** Keeps those in force, for a release that names them. @returns rows for the commit in which it does */
  keep(): readonly StateChange[];
  /** Makes those of a release ready. @throws `policy_missing` */
  prepare(digest: string): Promise<void>;
}

/** Policies that decide, and by which procedure. */
export interface InForce extends DecidingBundle {
  readonly procedure: string;
}

const NONE =
  "no policy is in force, so nothing is allowed; an operator applies a registry file that names policies";

/**
 * @param engine - the loaded decision engine; its procedure digest stands in each decision
 * @param shadow - where candidates are tried
 * @param kept - bundles that releases name
 * @param overlays - what stands over all of them: no bundle comes into force that one of them does not fit
 */
export function createPoliciesInForce(
  engine: PolicyEngine,
  shadow: Shadow,
  kept: KeptPolicies,
  overlays: Pick<Overlays, "inForce">,
): PoliciesInForce {
  const procedure = engine.procedureDigest;
  let inForce: DecidingBundle | undefined;
  const newest = (): DecidingBundle => {
    if (inForce === undefined) throw new NarrowgateError("policy_missing", NONE);
    return inForce;
  };
  return {
    engine,
    procedure,
    shadow,
    shadowWith(bundle) {
      const outcome = compilePolicies(engine, bundle);
      const textOf = (id: string): string | undefined =>
        overlays.inForce().find((overlay) => overlay.id === id)?.text;
      if (outcome.kind === "compiled") shadow.put(outcome.policies, overlaysAgainst(engine, bundle, textOf));
      return outcome;
    },
    compile(bundle) {
      const outcome = compilePolicies(engine, bundle);
      if (outcome.kind === "rejected") return outcome;
      const standing = overlays.inForce();
      const over = standing.length === 0 ? undefined : compileOverlays(engine, bundle, standing);
      if (over?.kind === "rejected") return { ...over, stage: "validate" };
      const { policies, warnings, profile } = outcome;
      return {
        kind: "compiled",
        digest: policies.digest,
        procedure,
        warnings,
        ids: policies.ids(),
        test: (tests, world) => runPolicyTests(policies, tests, world),
        install: () => {
          inForce = { compiled: policies, bundle, ...(profile === undefined ? {} : { profile }) };
        },
      };
    },
    current: () => ({ ...newest(), procedure }),
    of: (digest) => ({ ...kept.of(digest), procedure }),
    keep: () => kept.keep(newest()),
    prepare: (digest) => kept.prepare(digest),
  };
}
