import { type Refusal, refuse } from "../outcome.ts";
import type { ReleasePort, StsPorts } from "../ports.ts";
import type { Released, Source, Sourced } from "../stages.ts";

/** Who handed on may do so under the release its own token names: a gate would not take that token any more either. */
function holderFault(
  { mode, parent }: Source,
  { registry }: StsPorts,
  releases: ReleasePort,
): Refusal | undefined {
  if (mode !== "rebind" || parent === undefined) return undefined;
  const { act, client_id: client, ng } = parent.claims;
  const holder = registry.agent(act?.sub ?? client);
  if (holder === undefined) return refuse("release_required", "who handed this on is not registered");
  const found = releases.inForce(holder, { deployment: ng.release });
  if (found.kind === "refused") return refuse(found.code, `who handed this on: ${found.why}`);
  return found.deployment === ng.release
    ? undefined
    : refuse("release_required", "who handed this on runs under another release by now");
}

/**
 * The release gate: where releases are asked for, tokens are minted for a signed one alone, for the agent that asks, whoever
 * it acts for; and what was handed on counts for as long as its holder has its own.
 * @returns `release_required`, `release_drifted`
 * @see docs/spec/release.md R-10
 */
export function checkRelease(stage: Sourced, ports: StsPorts): Released | Refusal {
  const { releases } = ports;
  if (releases === undefined) return stage;
  const wrong = holderFault(stage.source, ports, releases);
  if (wrong !== undefined) return wrong;
  const found = releases.inForce(stage.client, { mandate: stage.source.mandate.id });
  if (found.kind === "refused") return refuse(found.code, found.why);
  const { deployment, pair, untilMs } = found;
  return { ...stage, release: { deployment, pair, ...(untilMs === undefined ? {} : { untilMs }) } };
}
