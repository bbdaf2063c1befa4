import type { AccessTokenClaims, RegistryReader } from "@narrowgate/contracts";
import { type Refusal, refuse } from "../outcome.ts";
import type { ReleasePort, StsPorts } from "../ports.ts";
import type { Released, Source, Sourced } from "../stages.ts";

/** What lets through the agent that presents a token, under the release which that token names; undefined where it is not registered. */
function inForceOf(
  { act, client_id: client, ng }: AccessTokenClaims,
  registry: RegistryReader,
  releases: ReleasePort,
): ReturnType<ReleasePort["inForce"]> | undefined {
  const holder = registry.agent(act?.sub ?? client);
  return holder === undefined ? undefined : releases.inForce(holder, { deployment: ng.release });
}

/**
 * Whether the release that a token names is the one in force for who presents it, as a gate asks on each call; always where
 * releases are not asked for. Trust: the token has verified.
 * @see docs/spec/release.md R-10
 */
export function isOfReleaseInForce(
  claims: AccessTokenClaims,
  { registry, releases }: Pick<StsPorts, "registry" | "releases">,
): boolean {
  if (releases === undefined) return true;
  const found = inForceOf(claims, registry, releases);
  return found?.kind === "released" && found.deployment === claims.ng.release;
}

/** Who handed on may do so under the release its own token names: a gate would not take that token any more either. */
function holderFault(
  { mode, parent }: Source,
  { registry }: StsPorts,
  releases: ReleasePort,
): Refusal | undefined {
  if (mode !== "rebind" || parent === undefined) return undefined;
  const found = inForceOf(parent.claims, registry, releases);
  if (found === undefined) return refuse("release_required", "who handed this on is not registered");
  if (found.kind === "refused") return refuse(found.code, `who handed this on: ${found.why}`);
  return found.deployment === parent.claims.ng.release
    ? undefined
    : refuse("release_required", "who handed this on runs under another release by now");
}

/**
 * A child keeps what its parent ends with. INVARIANT: what ends with a break-glass of an agent names that break-glass, and
 * no other release of hers. @see docs/spec/release.md R-24
 */
function isUnderOtherGlass({ source, client }: Sourced, releases: ReleasePort, deployment: string): boolean {
  return source.epochs.some(([kindRef]) => {
    const named = kindRef.startsWith("release:") ? kindRef.slice("release:".length) : deployment;
    return named !== deployment && releases.isGlassOf(client, named);
  });
}

/**
 * The release gate: where releases are asked for, tokens are minted for a signed one alone, for the agent that asks, whoever
 * it acts for; and what was handed on counts for as long as its holder has its own.
 * @returns `release_required`, `release_drifted`; `invalid_grant` where a break-glass of its own lies behind it
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
  if (isUnderOtherGlass(stage, releases, deployment))
    return refuse("invalid_grant", "what it is cut from is of a break-glass; ask for a new token");
  return { ...stage, release: { deployment, pair, ...(untilMs === undefined ? {} : { untilMs }) } };
}
