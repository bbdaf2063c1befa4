import type { PolicyEngine } from "@narrowgate/policy";

/**
 * Digests of the decision procedures this verifier ships. There is one per release: the engine that is loaded, with our
 * slicing and verdict rules. INVARIANT: a procedure is never taken from a bundle; a bundle only names one.
 * @see docs/spec/evidence.md E-16
 */
export function shippedProcedures(engine: PolicyEngine): readonly string[] {
  return [engine.procedureDigest];
}

/** Whether decisions of this procedure may be recomputed here, or why not. */
export function procedureFault(
  procedure: string,
  engine: PolicyEngine,
  trusted: readonly string[] | undefined,
): string | undefined {
  if (!shippedProcedures(engine).includes(procedure))
    return "its decision procedure is not one this verifier ships";
  if (trusted === undefined || trusted.includes(procedure)) return undefined;
  return "its decision procedure is not in the trust file";
}
