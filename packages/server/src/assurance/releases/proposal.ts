import {
  type Deployment,
  deploymentDigest,
  diffDigest,
  type Evaluation,
  evaluationDigest,
  type GateProfile,
  keptBack,
  profileDigest,
  RELEASE_ROLES,
  type ReleaseChange,
  type ReleaseManifest,
  type ReleaseRole,
  type ReleaseStatement,
  type RenderedRow,
  releaseDigest,
  renderedDigest,
} from "@narrowgate/contracts";
import { canonicalJson } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { GivenSignature, PolicyNames } from "./ports.ts";

/** A release that was proposed: it waits for signatures, is active, or was. */
export interface Proposal {
  readonly id: string;
  /** Unguessable part of its address. */
  readonly handle: string;
  /** Nonce of the statements. */
  readonly nonce: string;
  /** `open`: may be signed. `active`, `past`: was promoted. `refused`, `withdrawn`: never will be. */
  readonly state: "open" | "active" | "canary" | "past" | "refused" | "withdrawn";
  /** Of a canary: percent of the mandates that run under it. */
  readonly share?: number;
  readonly agent: string;
  readonly agentRef: string;
  readonly author: { readonly ref: string; readonly name: string };
  readonly manifest: ReleaseManifest;
  readonly deployment: Deployment;
  readonly diff: readonly ReleaseChange[];
  /** How the policies of both sides were called when it was proposed: part of what the four are shown. */
  readonly policyNames?: PolicyNames;
  readonly profile: GateProfile;
  /** The evaluation it was proposed on, and its leaf. */
  readonly evaluation: Evaluation;
  readonly readiness: string;
  readonly proposedAtMs: number;
  /** When it came into force last. */
  readonly activatedAtMs?: number;
  /** Leaf of the evaluation at promotion. */
  readonly promotedOn?: string;
  readonly notAfterMs: number;
  readonly given: readonly GivenSignature[];
}

/** Digests by which leaves and statements name a proposal. */
export interface ProposalDigests {
  readonly release: string;
  readonly deployment: string;
  readonly profile: string;
  readonly readiness: string;
  readonly diff: string;
}

/** Computes them. */
export function digestsOf(proposal: Proposal): ProposalDigests {
  return {
    release: releaseDigest(nodeSha256, proposal.manifest),
    deployment: deploymentDigest(nodeSha256, proposal.deployment),
    profile: profileDigest(nodeSha256, proposal.profile),
    readiness: evaluationDigest(nodeSha256, proposal.evaluation),
    diff: diffDigest(nodeSha256, proposal.diff),
  };
}

/** A policy goes by its name, with the digest that is signed behind it. */
function shownName({ part, name }: ReleaseChange, names: PolicyNames): string {
  return part === "policies" && Object.hasOwn(names, name) ? `${names[name]} (${name})` : name;
}

function changeRow(changed: ReleaseChange, names: PolicyNames): RenderedRow {
  const { part, change, before, after } = changed;
  const sides = [before, after].map((side) => (side === undefined ? "nothing" : canonicalJson(side)));
  return { label: `${part}: ${change}`, value: `${shownName(changed, names)}: ${sides.join(" -> ")}` };
}

function countOf({ results }: Evaluation, verdict: string): number {
  return results.filter((result) => result.verdict === verdict).length;
}

function namesOf({ results }: Evaluation, verdict: string): string {
  const names = results.filter((result) => result.verdict === verdict).map(({ control }) => control);
  return names.length === 0 ? "none" : names.join(", ");
}

/** What each of the four is shown: typed fields alone. */
export function rowsOf(proposal: Proposal): readonly RenderedRow[] {
  const { agent, author, deployment, diff, evaluation, manifest, policyNames = {}, profile } = proposal;
  const { release, deployment: deployed } = digestsOf(proposal);
  const blocked = keptBack(evaluation);
  const declared = Object.entries(manifest.declared).map(([name, value]) => ({
    label: `Declared, not enforced: ${name}`,
    value,
  }));
  return [
    { label: "Agent", value: `${agent}, tier ${manifest.agent.tier}` },
    { label: "Purpose", value: manifest.agent.purpose },
    { label: "Owner and deputy", value: `${deployment.owner}, ${deployment.deputy}` },
    { label: "Environment", value: `${deployment.environment} at ${deployment.issuer}` },
    { label: "Release", value: release },
    { label: "Deployment", value: deployed },
    { label: "Proposed by", value: author.name },
    { label: "Profile", value: `${profile.name} ${profile.version}` },
    { label: "Readiness", value: blocked.length === 0 ? "ready, but for the signatures" : "not ready" },
    { label: "Controls passed", value: String(countOf(evaluation, "pass")) },
    { label: "Blocking", value: blocked.length === 0 ? "none" : blocked.join(", ") },
    { label: "Not established", value: namesOf(evaluation, "not_established") },
    { label: "Waived", value: evaluation.waivers.map(({ control }) => control).join(", ") || "none" },
    ...declared,
    ...(diff.length === 0
      ? [{ label: "Difference", value: "none" }]
      : diff.map((changed) => changeRow(changed, policyNames))),
  ];
}

/** The statement of one answer. */
export function statementOf(
  proposal: Proposal,
  kind: ReleaseStatement["kind"],
  role: ReleaseRole,
): ReleaseStatement {
  return {
    v: 1,
    kind,
    id: proposal.id,
    nonce: proposal.nonce,
    ...digestsOf(proposal),
    rendered: renderedDigest(nodeSha256, rowsOf(proposal)),
    role,
    not_after: proposal.notAfterMs,
  };
}

/** Roles that have not signed. */
export function missingRoles({ given }: Pick<Proposal, "given">): readonly ReleaseRole[] {
  return RELEASE_ROLES.filter((role) => !given.some((one) => one.role === role));
}
