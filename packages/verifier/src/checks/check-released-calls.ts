import { isUpstreamToken, type ReleasedTool, standingRelease } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { isJsonObject } from "../json-object.ts";
import type { TokenFact, TokenFacts } from "../token-facts.ts";
import type { ActivatedReleases } from "./check-releases.ts";

/** What tokens and calls are held against. */
export interface ReleasedSource {
  readonly evidence: Evidence;
  readonly findings: Findings;
  readonly tokens: TokenFacts;
  /** Rebuilt requests by decision leaf id. */
  readonly requests: ReadonlyMap<string, JsonObject>;
  readonly activated: ActivatedReleases;
}

function isProduction(evidence: Evidence): boolean {
  return entriesOf(evidence, "genesis")[0]?.leaf.body.environment === "prod";
}

/** A token of production names the deployment that is in force where it was minted. */
function mintFault(
  { evidence, activated }: ReleasedSource,
  { entry, claims }: TokenFact,
): string | undefined {
  const { release, epochs } = claims.ng;
  if (!isProduction(evidence))
    return release === undefined ? undefined : "a token names a release where none is asked for";
  const { agent } = entry.leaf;
  // INVARIANT: whose a token is follows from what was signed; a leaf that keeps silent about the agent is no way out.
  if (isUpstreamToken(claims)) return undefined;
  if (agent === undefined) return "the leaf of an agent's token does not name the agent";
  const standing = standingRelease(entriesOf(evidence, "release"), agent.id, entry.index);
  if (standing?.leaf.body.action !== "activated")
    return "a token was minted while no release of its agent was in force";
  const { deployment } = standing.leaf.body;
  if (release !== deployment) return "a token names another release than the one in force";
  if (!epochs.some(([name]) => name === `release:${deployment}`))
    return "a token does not end with its release";
  const record = activated.get(deployment);
  if (record === undefined) return "the release that a token names does not hold";
  return record.manifest === undefined || record.manifest.agent.id === claims.client_id
    ? undefined
    : "a token names the release of another agent";
}

function isThis(tool: ReleasedTool, { server, kind, name }: JsonObject): boolean {
  if (tool.server !== server || tool.kind !== kind || typeof name !== "string") return false;
  return tool.name === name || (kind === "resource" && name.startsWith(tool.name));
}

/** What was called is one of the released operations, as it was pinned. */
function callFault(
  { activated, requests }: ReleasedSource,
  { leaf: { id } }: Entry<"decision">,
  { claims }: TokenFact,
): string | undefined {
  const record = activated.get(claims.ng.release ?? "");
  if (record === undefined) return "a call was permitted under no release that was in force";
  const { manifest } = record;
  const { call, pin } = requests.get(id) ?? {};
  if (manifest === undefined || !isJsonObject(call)) return undefined;
  const current = isJsonObject(pin) ? pin.current : undefined;
  const found = manifest.tools.filter((tool) => isThis(tool, call));
  if (found.length === 0) return "what was called is not in the release";
  const isPinned = found.some((tool) => tool.pin === undefined || tool.pin === current);
  return isPinned ? undefined : "what was called is not what was released";
}

/**
 * Checks that tokens name the release in force, and that what they opened stands in it.
 * @see docs/spec/release.md
 */
export function checkReleasedCalls(source: ReleasedSource): void {
  const { evidence, findings, tokens } = source;
  for (const fact of tokens.values()) {
    const fault = mintFault(source, fact);
    if (fault !== undefined) findings.fail("R-10", fault, fact.entry.leaf.id);
  }
  if (!isProduction(evidence)) return;
  for (const entry of entriesOf(evidence, "decision")) {
    const { action, token, verdict } = entry.leaf.body;
    const fact = tokens.get(token ?? "");
    if (action !== "call" || verdict !== "permit" || fact === undefined) continue;
    const fault = callFault(source, entry, fact);
    if (fault !== undefined) findings.fail("R-10", fault, entry.leaf.id);
  }
}
