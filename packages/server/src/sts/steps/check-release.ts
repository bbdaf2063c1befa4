import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Released, Sourced } from "../stages.ts";

/**
 * The release gate: where releases are asked for, tokens are minted for a signed one alone, and for the agent that asks,
 * whoever it acts for.
 * @returns `release_required`, `release_drifted`
 * @see docs/spec/release.md R-10
 */
export function checkRelease(stage: Sourced, { releases }: StsPorts): Released | Refusal {
  if (releases === undefined) return stage;
  const found = releases.inForce(stage.client);
  if (found.kind === "refused") return refuse(found.code, found.why);
  return { ...stage, release: { deployment: found.deployment, pair: found.pair } };
}
