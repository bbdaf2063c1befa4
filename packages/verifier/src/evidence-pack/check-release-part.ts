import {
  type BundleEntry,
  type Evaluation,
  formatLeaf,
  openedMember,
  PACK_NAMES,
  type PackDocument,
  parseEvaluation,
  parsePackDocument,
  parsePackFile,
  parseProofBundle,
  parseReleaseManifest,
  parseReleasePack,
  type ReleaseManifest,
  type ReleasePack,
} from "@narrowgate/contracts";
import { canonicalJson, equalBytes, toBase64url } from "@narrowgate/kernel";
import { leafHash, parseCheckpoint, parseNote } from "@narrowgate/tlog";
import type { VerifyOptions } from "../evidence.ts";
import { type PackReport, verifyPack } from "../verify-pack.ts";
import type { ArchiveReader } from "./read-archive.ts";
import { refuse } from "./refuse.ts";

/** A head, as two bundles are compared by it. */
export interface PackHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** What the rest of a pack is held to. */
export interface ReleasePart {
  readonly pack: PackDocument;
  readonly proven: PackReport;
  readonly entries: readonly BundleEntry[];
  readonly head: PackHead;
  readonly manifest: ReleaseManifest;
  /** The evaluation that is reported, its leaf, and the hash of that. */
  readonly evaluation: Evaluation;
  readonly evaluated: BundleEntry;
  readonly seed: string;
}

/** The head of a signed note, not verified. @throws NarrowgateError `malformed_input` */
export function headOf(note: string): PackHead {
  const { size, root } = parseCheckpoint(parseNote(note).text);
  return { size, root };
}

/** Whether two heads are one. */
export function isSameHead(one: PackHead, other: PackHead): boolean {
  return one.size === other.size && equalBytes(one.root, other.root);
}

function documentOf({ openings }: BundleEntry): unknown {
  return openedMember(openings?.content, "document");
}

function newestEvaluation(entries: readonly BundleEntry[], release: string): BundleEntry | undefined {
  return entries.findLast(
    (entry) =>
      entry.leaf.type === "assurance" &&
      entry.leaf.body.kind === "evaluation" &&
      Object(documentOf(entry)).release === release,
  );
}

function manifestOf(entries: readonly BundleEntry[], release: string): ReleaseManifest {
  const proposed = entries.find(
    ({ leaf, openings }) =>
      leaf.type === "release" &&
      leaf.body.action === "proposed" &&
      leaf.body.release === release &&
      openedMember(openings?.content, "manifest") !== undefined,
  );
  if (proposed === undefined) refuse("K-3", "no proposal of this release is opened in its proof");
  return parseReleaseManifest(openedMember(proposed.openings?.content, "manifest"));
}

/** What platforms and the author say of a workload: beside the proof in its pack, and within what was signed. */
function statedIn({ attested, declared }: Pick<ReleaseManifest, "attested" | "declared">): string {
  return canonicalJson({ attested, declared });
}

function readRelease(bytes: Uint8Array, pack: PackDocument): ReleasePack {
  const release = parseReleasePack(parsePackFile(bytes, PACK_NAMES.release));
  if (release.format !== "narrowgate-release/1") refuse("K-3", "its release is a pack for another purpose");
  if (release.agent !== pack.agent || release.release !== pack.release)
    refuse("K-3", "its release is another one than the pack speaks of");
  return release;
}

/** Reads what the pack speaks of, and verifies the release in it. @throws PackRefusal K-2, K-3, and what the proof breaks */
export async function checkReleasePart(files: ArchiveReader, options: VerifyOptions): Promise<ReleasePart> {
  const pack = parsePackDocument(parsePackFile(await files.take(PACK_NAMES.pack), PACK_NAMES.pack));
  const release = readRelease(await files.take(PACK_NAMES.release), pack);
  const proven = await verifyPack(release, options);
  const [failure] = proven.report.failures;
  if (failure !== undefined) refuse(failure.rule, `the proof of the release: ${failure.message}`);
  // ORDER: read only once its proof was verified.
  const { checkpoint, entries } = parseProofBundle(release.proof);
  const evaluated = newestEvaluation(entries, pack.release);
  if (evaluated === undefined || evaluated.leaf.id !== pack.evaluation)
    refuse("K-3", "it reports another evaluation than the newest one of this release in its proof");
  if (evaluated.leaf.agent?.id !== pack.ref) refuse("K-3", "the evaluation is of another agent");
  const evaluation = parseEvaluation(documentOf(evaluated));
  if (evaluation.log.origin !== parseCheckpoint(parseNote(checkpoint).text).origin)
    refuse("K-3", "the evaluation is of another log");
  const manifest = manifestOf(entries, pack.release);
  if (statedIn(release) !== statedIn(manifest))
    refuse("K-3", "what is attested or declared of its release is not what the manifest says");
  return {
    pack,
    proven,
    entries,
    head: headOf(checkpoint),
    manifest,
    evaluation,
    evaluated,
    seed: toBase64url(leafHash(options.crypto.sha256, formatLeaf(evaluated.leaf))),
  };
}
