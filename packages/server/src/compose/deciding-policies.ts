import { NarrowgateError } from "@narrowgate/kernel";
import {
  type CompiledPolicies,
  compileOverlays,
  type DecidingFace,
  type Overlay,
  overlaid,
  type PolicyEngine,
} from "@narrowgate/policy";
import type { Releases } from "../assurance/releases/index.ts";
import type { Overlays } from "../policy-bundles/index.ts";
import type { DecidingBundle } from "./kept-policies.ts";
import type { PoliciesInForce } from "./policies-in-force.ts";

/** What decides about one request. */
export interface Deciding {
  readonly compiled: DecidingFace;
  readonly procedure: string;
  /** Namespace of what is decided for others. */
  readonly profile?: string;
  /** Ids of the overlays that stand over the policies, sorted. */
  readonly overlays: readonly string[];
}

/** What stands over one bundle, and the list it was compiled from. */
interface Over {
  readonly standing: readonly Overlay[];
  readonly face: DecidingFace;
}

/** An overlay that cannot be asked forbids: what it would say is not known. */
function unasked({ digest }: DecidingFace): DecidingFace {
  const reason =
    "an overlay does not fit the policies of this release, so nothing is allowed while it stands";
  return {
    digest,
    decide: () => ({ verdict: "deny", code: "policy_engine_failed", policies: [], errors: [], reason }),
  };
}

/** Puts overlays over bundles, compiled once for each of them. */
function overlayer(
  engine: PolicyEngine,
): (base: DecidingBundle, standing: readonly Overlay[]) => DecidingFace {
  const known = new WeakMap<CompiledPolicies, Over>();
  return ({ compiled, bundle }, standing) => {
    const before = known.get(compiled);
    if (before?.standing === standing) return before.face;
    const over = compileOverlays(engine, bundle, standing);
    const face = over.kind === "compiled" ? overlaid(compiled, over.policies) : unasked(compiled);
    known.set(compiled, { standing, face });
    return face;
  };
}

/**
 * Says which policies decide: those of the release that a token names, where it names one, else those in force; and over
 * them whatever one responder forbids meanwhile.
 * @see docs/spec/release.md R-12, docs/spec/evidence.md E-37
 */
export function decidingPolicies(
  policies: Pick<PoliciesInForce, "current" | "of" | "engine">,
  overlays: Pick<Overlays, "inForce">,
  releases: Pick<Releases, "policyOf">,
): (deployment: string | undefined) => Deciding {
  const over = overlayer(policies.engine);
  return (deployment) => {
    const base = deployment === undefined ? policies.current() : policies.of(releases.policyOf(deployment));
    const standing = overlays.inForce();
    if (standing.length === 0) return { ...base, overlays: [] };
    return { ...base, compiled: over(base, standing), overlays: standing.map(({ id }) => id) };
  };
}

/**
 * Whether overlays fit all that decides, and do nothing but forbid.
 * @throws `policy_invalid` with what is wrong, and under whose policies
 */
export function checkOverlays(
  policies: Pick<PoliciesInForce, "current" | "of" | "engine">,
  releases: Pick<Releases, "inUse">,
  all: readonly Overlay[],
): void {
  const bases = [
    { name: "the policies in force", bundle: policies.current().bundle },
    ...releases.inUse().map(({ agent, policy }) => ({
      name: `the release of ${agent}`,
      bundle: policies.of(policy).bundle,
    })),
  ];
  for (const { name, bundle } of bases) {
    const outcome = compileOverlays(policies.engine, bundle, all);
    if (outcome.kind === "compiled") continue;
    const said = outcome.problems.map(({ policy, line, message }) => {
      const at = [policy, line === undefined ? undefined : `line ${line}`].filter(
        (part) => part !== undefined,
      );
      return at.length === 0 ? message : `${at.join(", ")}: ${message}`;
    });
    throw new NarrowgateError("policy_invalid", `under ${name}: ${said.join("; ")}`);
  }
}
