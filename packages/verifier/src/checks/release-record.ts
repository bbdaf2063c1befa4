import {
  type Deployment,
  deploymentDigest,
  diffDigest,
  type Evaluation,
  evaluationDigest,
  openedMember,
  parseDeployment,
  parseEvaluation,
  parseReleaseManifest,
  type ReleaseBody,
  type ReleaseManifest,
  releaseDigest,
} from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";
import { type Entry, type Evidence, entryOf } from "../evidence.ts";

/** A leaf about a release. */
export type ReleaseEntry = Entry<"release">;

/** A `signed` leaf that holds so far: who, in which role, and what she signed. */
export interface ReleaseSignature {
  readonly entry: ReleaseEntry;
  readonly role: string;
  readonly person: string;
}

/** A proposal as the leaves tell of it. */
export interface ReleaseRecord {
  readonly proposed: ReleaseEntry;
  /** Undefined where they are not disclosed. */
  readonly manifest: ReleaseManifest | undefined;
  readonly deployment: Deployment | undefined;
  /** Digest of the difference that was recorded. */
  readonly diff: string | undefined;
  readonly evaluation: Evaluation | undefined;
  /** Digest of the evaluation, as its leaf has it. */
  readonly readiness: string;
  readonly signatures: ReleaseSignature[];
  /** Set by a `refused` or `withdrawn` leaf, and by the end of a break-glass that was not opened: nothing is signed, activated or opened behind it. */
  ended: boolean;
  /** Set by the first `activated` leaf. */
  wasActive: boolean;
  /** Of a break-glass that was opened. */
  glass?: {
    /** Unix milliseconds. */
    readonly until: number;
    /** Where and when it was ended before its time. */
    ended?: { readonly index: number; readonly at: number };
  };
}

/** A record, or why the leaf cannot stand. */
export type ReadRecord = ReleaseRecord | { readonly fault: string };

const names = ["proposal", "release", "deployment", "profile", "readiness"] as const;

/** Whether two leaves name the same proposal with the same digests. */
export function isOfSame(a: ReleaseBody, b: ReleaseBody): boolean {
  return names.every((name) => a[name] === b[name]);
}

function diffOf(evidence: Evidence, opened: JsonValue | undefined): string | undefined {
  if (!Array.isArray(opened)) return undefined;
  return diffDigest(evidence.crypto.sha256, opened);
}

/** The evaluation behind a release: an earlier leaf, of this release and profile where it is disclosed. */
function readEvaluation(
  evidence: Evidence,
  { index, leaf: { body } }: ReleaseEntry,
): { readonly readiness: string; readonly evaluation: Evaluation | undefined } | { readonly fault: string } {
  const entry = entryOf(evidence, body.readiness, "assurance");
  if (entry === undefined || entry.index >= index || entry.leaf.body.kind !== "evaluation")
    return { fault: "no evaluation stands before it" };
  const opened = openedMember(entry.openings.content, "document");
  const readiness = entry.leaf.body.digest;
  if (opened === undefined) return { readiness, evaluation: undefined };
  const evaluation = parseEvaluation(opened);
  if (evaluationDigest(evidence.crypto.sha256, evaluation) !== readiness)
    return { fault: "the evaluation is another one than its leaf names" };
  if (evaluation.release !== body.release) return { fault: "what was evaluated is another release" };
  if (evaluation.profile !== body.profile) return { fault: "it was evaluated under another profile" };
  return { readiness, evaluation };
}

/**
 * Reads what a `proposed` leaf opens to, and holds it against the digests of the leaf.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/release.md
 */
export function readRecord(evidence: Evidence, proposed: ReleaseEntry): ReadRecord {
  const { sha256 } = evidence.crypto;
  const { body } = proposed.leaf;
  const { content } = proposed.openings;
  const [manifestValue, deploymentValue] = [
    openedMember(content, "manifest"),
    openedMember(content, "deployment"),
  ];
  const manifest = manifestValue === undefined ? undefined : parseReleaseManifest(manifestValue);
  const deployment = deploymentValue === undefined ? undefined : parseDeployment(deploymentValue);
  if (manifest !== undefined && releaseDigest(sha256, manifest) !== body.release)
    return { fault: "the manifest is another one than the leaf names" };
  if (deployment !== undefined && deploymentDigest(sha256, deployment) !== body.deployment)
    return { fault: "the deployment is another one than the leaf names" };
  if (deployment !== undefined && deployment.release !== body.release)
    return { fault: "the deployment is of another release" };
  const glass = body.action === "glass_asked" ? body.proposal : undefined;
  if (deployment !== undefined && deployment.glass !== glass)
    return { fault: "what is for a break-glass is no release, nor the other way round" };
  const read = readEvaluation(evidence, proposed);
  if ("fault" in read) return read;
  return {
    proposed,
    manifest,
    deployment,
    diff: diffOf(evidence, openedMember(content, "diff")),
    ...read,
    signatures: [],
    ended: false,
    wasActive: false,
  };
}
