import {
  drawsCanary,
  isUpstreamToken,
  type ReleasedTool,
  standingGlass,
  standingReleases,
} from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { isJsonObject } from "../json-object.ts";
import type { TokenFact, TokenFacts } from "../token-facts.ts";
import type { ActivatedReleases } from "./check-releases.ts";
import type { ReleaseRecord } from "./release-record.ts";

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

/**
 * Whether a token is the gate's own, for a server. INVARIANT: whose a token is follows from what was signed, or else from
 * the decision it follows from; a leaf that keeps silent about the agent is no way out.
 */
function isOfGate(
  { evidence }: ReleasedSource,
  { leaf }: Entry<"token">,
  fact: TokenFact | undefined,
): boolean {
  if (fact !== undefined) return isUpstreamToken(fact.claims);
  return entryOf(evidence, leaf.body.decision, "decision")?.leaf.body.action === "call";
}

/** The deployment that has the mandate of a token where it was minted: the active one, or the canary that draws it. */
function deploymentOf(
  { evidence }: ReleasedSource,
  entry: Entry<"token">,
  agent: string,
): string | undefined {
  const { active, canary } = standingReleases(entriesOf(evidence, "release"), agent, entry.index);
  const { mandate } = entryOf(evidence, entry.leaf.body.decision, "decision")?.leaf.body ?? {};
  if (canary !== undefined && mandate !== undefined) {
    const { deployment, share = 0 } = canary.leaf.body;
    if (drawsCanary(evidence.crypto.sha256, deployment, mandate, share)) return deployment;
  }
  return active?.leaf.body.deployment;
}

/**
 * A token of production names the deployment that is in force where it was minted, or the canary when it draws its mandate;
 * its leaf says so, disclosed or not.
 */
function mintFault(
  source: ReleasedSource,
  entry: Entry<"token">,
  fact: TokenFact | undefined,
): string | undefined {
  const { activated, evidence } = source;
  if (isOfGate(source, entry, fact)) return undefined;
  const { agent, body } = entry.leaf;
  if (agent === undefined) return "the leaf of an agent's token does not name the agent";
  const names = body.epochs.map(([name]) => name);
  const glass = standingGlass(entriesOf(evidence, "release"), { agent: agent.id, names }, entry.index);
  if (glass !== undefined) return glassMintFault(source, entry, fact, glass.leaf.body.deployment);
  const deployment = deploymentOf(source, entry, agent.id);
  if (deployment === undefined) return "a token was minted while no release of its agent was in force";
  if (!body.epochs.some(([name]) => name === `release:${deployment}`))
    return "a token does not end with its release";
  const record = activated.get(deployment);
  if (record === undefined) return "the release that a token names does not hold";
  if (fact === undefined) return undefined;
  if (fact.claims.ng.release !== deployment) return "a token names another release than the one in force";
  return record.manifest === undefined || record.manifest.agent.id === fact.claims.client_id
    ? undefined
    : "a token names the release of another agent";
}

/** Whether a break-glass had ended at a place and time in the log. */
function isOver({ until, ended }: NonNullable<ReleaseRecord["glass"]>, index: number, at: number): boolean {
  return at >= until || (ended !== undefined && index > ended.index);
}

/** A token under a break-glass is minted, and ends, within its time. */
function glassMintFault(
  { findings, activated }: ReleasedSource,
  { index, leaf: { id, at, body } }: Entry<"token">,
  fact: TokenFact | undefined,
  deployment: string,
): string | undefined {
  const record = activated.get(deployment);
  if (record?.glass === undefined) return "the break-glass that a token names does not hold";
  const { until } = record.glass;
  if (isOver(record.glass, index, at)) return "a token was minted after the end of its break-glass";
  if (body.expires_s * 1000 > until || (fact !== undefined && fact.claims.exp * 1000 > until))
    return "a token outlives its break-glass";
  if (fact !== undefined && fact.claims.ng.release !== deployment)
    return "a token names another release than its break-glass";
  findings.remark(id, "(under a break-glass: no release that four have signed)");
  return fact === undefined ||
    record.manifest === undefined ||
    record.manifest.agent.id === fact.claims.client_id
    ? undefined
    : "a token names the break-glass of another agent";
}

function isThis(tool: ReleasedTool, { server, kind, name }: JsonObject): boolean {
  if (tool.server !== server || tool.kind !== kind || typeof name !== "string") return false;
  return tool.name === name || (kind === "resource" && name.startsWith(tool.name));
}

/** What was called is one of the released operations, as it was pinned. */
function callFault(
  { activated, findings, requests }: ReleasedSource,
  { index, leaf: { id, at } }: Entry<"decision">,
  { claims }: TokenFact,
): string | undefined {
  const record = activated.get(claims.ng.release ?? "");
  if (record === undefined) return "a call was permitted under no release that was in force";
  const { glass, manifest } = record;
  if (glass !== undefined) {
    if (isOver(glass, index, at)) return "a call was permitted after the end of its break-glass";
    findings.remark(id, "(under a break-glass: no release that four have signed)");
  }
  return operationFault(manifest, requests.get(id));
}

/** What was asked for stands in the manifest, with its pin. */
function operationFault(
  manifest: ReleaseRecord["manifest"],
  { call, pin }: JsonObject = {},
): string | undefined {
  if (manifest === undefined || !isJsonObject(call)) return undefined;
  const current = isJsonObject(pin) ? pin.current : undefined;
  const found = manifest.tools.filter((tool) => isThis(tool, call));
  if (found.length === 0) return "what was called is not in the release";
  const isPinned = found.some((tool) => tool.pin === undefined || tool.pin === current);
  return isPinned ? undefined : "what was called is not what was released";
}

function tokenFault(source: ReleasedSource, entry: Entry<"token">): string | undefined {
  const fact = source.tokens.get(entry.leaf.body.token);
  if (isProduction(source.evidence)) return mintFault(source, entry, fact);
  return fact?.claims.ng.release === undefined
    ? undefined
    : "a token names a release where none is asked for";
}

/**
 * Checks that tokens name the release in force, and that what they opened stands in it.
 * @see docs/spec/release.md
 */
export function checkReleasedCalls(source: ReleasedSource): void {
  const { evidence, findings, tokens } = source;
  for (const entry of entriesOf(evidence, "token")) {
    const fault = tokenFault(source, entry);
    if (fault !== undefined) findings.fail("R-10", fault, entry.leaf.id);
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
