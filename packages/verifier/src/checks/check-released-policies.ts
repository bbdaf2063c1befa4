import type { Deployment, ReleaseManifest } from "@narrowgate/contracts";
import { toBase64url, utf8 } from "@narrowgate/kernel";
import { type CompiledPolicies, policiesFor } from "@narrowgate/policy";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import type { TokenFacts } from "../token-facts.ts";
import type { PolicyInForce } from "./check-policies.ts";
import type { ActivatedReleases } from "./check-releases.ts";

/** What decisions of production are held against. */
export interface ReleasedPolicies {
  readonly evidence: Evidence;
  readonly findings: Findings;
  readonly tokens: TokenFacts;
  readonly policies: readonly PolicyInForce[];
  readonly activated: ActivatedReleases;
}

/** The token that a decision was asked with, or led to: by it a decision is of a release. */
function tokenOf({ evidence }: ReleasedPolicies, { leaf }: Entry<"decision">): string | undefined {
  const { action, token, verdict } = leaf.body;
  if (action === "mint" || action === "exchange") {
    const ofIt = entriesOf(evidence, "token").find((entry) => entry.leaf.body.decision === leaf.id);
    return ofIt?.leaf.body.token;
  }
  return verdict === "permit" || leaf.sealed?.inputs !== undefined ? token : undefined;
}

/** The deployment that a decision was made under; undefined where the bundle does not say. */
function deploymentOf(source: ReleasedPolicies, entry: Entry<"decision">): Deployment | undefined {
  const fact = source.tokens.get(tokenOf(source, entry) ?? "");
  return source.activated.get(fact?.claims.ng.release ?? "")?.deployment;
}

/** Whether the policies of a bundle that can apply to the agent are those of the manifest. */
function isClosure(
  { evidence }: ReleasedPolicies,
  compiled: CompiledPolicies,
  manifest: ReleaseManifest,
): boolean {
  const texts = policiesFor(compiled.inside(), { type: "Agent", id: manifest.agent.id });
  const digests = texts.map(({ text }) => toBase64url(evidence.crypto.sha256(utf8(text))));
  return [...new Set(digests)].sort().join() === [...manifest.policies].join();
}

function closureFault(
  source: ReleasedPolicies,
  deployment: Deployment | undefined,
  manifest: ReleaseManifest | undefined,
): string | undefined {
  const found = source.policies.find(({ digest }) => digest === deployment?.policy);
  if (found?.compiled === undefined || manifest === undefined) return undefined;
  return isClosure(source, found.compiled, manifest)
    ? undefined
    : "the policies of a release are not those in its manifest";
}

/**
 * Checks that what was decided under a release was decided by its policies, and that those are the ones in its manifest.
 * @see docs/spec/release.md R-12
 */
export function checkReleasedPolicies(source: ReleasedPolicies): void {
  const { activated, evidence, findings } = source;
  if (entriesOf(evidence, "genesis")[0]?.leaf.body.environment !== "prod") return;
  for (const { proposed, deployment, manifest } of activated.values()) {
    const fault = closureFault(source, deployment, manifest);
    if (fault !== undefined) findings.fail("R-12", fault, proposed.leaf.id);
  }
  for (const entry of entriesOf(evidence, "decision")) {
    const deployment = deploymentOf(source, entry);
    if (deployment !== undefined && deployment.policy !== entry.leaf.body.policy)
      findings.fail("R-12", "it was decided under other policies than those of its release", entry.leaf.id);
  }
}
