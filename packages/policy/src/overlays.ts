import { type CompileOutcome, compilePolicies } from "./compile-policies.ts";
import type { CompiledPolicies } from "./compiled-policies.ts";
import type { DecisionRequest, PolicyBundle, PolicyDecision, PolicyProblem } from "./decision.ts";
import type { PolicyEngine } from "./engine.ts";
import { isProfileFile } from "./profile-schema.ts";

/** Policies that only forbid, put over others for a while. */
export interface Overlay {
  /** Name of its file in problems, and nothing else. */
  readonly id: string;
  readonly text: string;
}

/** Overlays that fit a bundle, or why they do not. */
export type OverlayOutcome =
  | { readonly kind: "compiled"; readonly policies: CompiledPolicies }
  | { readonly kind: "rejected"; readonly problems: readonly PolicyProblem[] };

/** What decides, and nothing to look inside by. */
export type DecidingFace = Pick<CompiledPolicies, "decide" | "digest">;

function problemsIn({ policies }: Extract<CompileOutcome, { kind: "compiled" }>): PolicyProblem[] {
  return policies.inside().policies.flatMap(({ id, effect, approval }): PolicyProblem[] => {
    const at = { file: "overlay", policy: id };
    if (effect !== "forbid") return [{ ...at, message: "it permits; an overlay only forbids" }];
    return approval.length === 0 ? [] : [{ ...at, message: "it asks for a person; an overlay only forbids" }];
  });
}

/**
 * Compiles overlays against the schema of the bundle they are put over. Whether they only forbid is looked up in what was
 * parsed, whatever their text looks like.
 * Trust: an operator's.
 * @throws NarrowgateError `policy_engine_failed`
 */
export function compileOverlays(
  engine: PolicyEngine,
  base: PolicyBundle,
  overlays: readonly Overlay[],
): OverlayOutcome {
  const profile = base.files.filter(isProfileFile);
  const files = overlays.map(({ id, text }) => ({ name: `${id}.cedar`, text }));
  const outcome = compilePolicies(engine, { files: [...profile, ...files], schema: base.schema });
  if (outcome.kind === "rejected") return { kind: "rejected", problems: outcome.problems };
  const problems = problemsIn(outcome);
  if (problems.length > 0) return { kind: "rejected", problems };
  if (outcome.policies.ids().length === 0)
    return { kind: "rejected", problems: [{ file: "overlay", message: "there is no policy in it" }] };
  return { kind: "compiled", policies: outcome.policies };
}

/** No `forbid` held, and none erred: an overlay has nothing to say to this. */
function saysNothing({ code, policies, errors }: PolicyDecision): boolean {
  return code === "policy_denied" && policies.length === 0 && errors.length === 0;
}

/**
 * What overlays say against a request; undefined where they say nothing.
 * @param overlay - what {@link compileOverlays} gave
 */
export function forbiddenBy(overlay: DecidingFace, request: DecisionRequest): PolicyDecision | undefined {
  const over = overlay.decide(request);
  return over.verdict === "allow" || saysNothing(over) ? undefined : over;
}

/**
 * Policies with overlays over them: what an overlay forbids is denied by it, all else is decided as without it.
 * INVARIANT: whatever these allow, the policies below allow: no answer of an overlay but a denial is ever given.
 * @param overlay - what {@link compileOverlays} gave
 */
export function overlaid(base: DecidingFace, overlay: DecidingFace): DecidingFace {
  return {
    digest: base.digest,
    decide: (request) => forbiddenBy(overlay, request) ?? base.decide(request),
  };
}
