import {
  countedDrills,
  openedMember,
  PACK_NAMES,
  packFile,
  parsePackFile,
  parseReadinessFacts,
  policyName,
  profileDigest,
  type ReadinessFacts,
} from "@narrowgate/contracts";
import { canonicalJson, equalBytes, type Sha256, toSha256Text } from "@narrowgate/kernel";
import type { ReleasePart } from "./check-release-part.ts";
import type { ArchiveReader } from "./read-archive.ts";
import { refuse } from "./refuse.ts";

/** A readiness report in all its forms, each as it stands in its file. */
export interface ReportForms {
  readonly text: Uint8Array;
  readonly json: Uint8Array;
  readonly html: Uint8Array;
  readonly oscal: Uint8Array;
}

/** Makes readiness reports: supplied by whoever has the catalogue of controls. */
export interface ReportMaker {
  /** Digest of the catalogue that it knows. */
  readonly catalogue: string;
  make(facts: ReadinessFacts): ReportForms;
}

function checkFacts(sha256: Sha256, part: ReleasePart, facts: ReadinessFacts): void {
  const { evaluated, evaluation, pack } = part;
  if (facts.entry !== pack.evaluation || canonicalJson(facts.evaluation) !== canonicalJson(evaluation))
    refuse("K-4", "the facts have another evaluation than the log");
  if (facts.agent.id !== pack.agent) refuse("K-4", "the facts are of another agent");
  if (profileDigest(sha256, facts.profile) !== evaluation.profile)
    refuse("K-4", "the facts have another profile than the evaluation names");
  const counted = countedDrills({ leaf: evaluated.leaf, openings: evaluated.openings ?? {} });
  const named = facts.drills.map(({ entry }) => entry);
  if (canonicalJson([...counted].sort()) !== canonicalJson([...named].sort()))
    refuse("K-4", "the facts have other drills than the evaluation counts");
  for (const { entry, index, result } of facts.drills) checkDrill(part, { entry, index, result });
}

function checkDrill({ entries }: ReleasePart, drill: ReadinessFacts["drills"][number]): void {
  const found = entries.find(({ leaf }) => leaf.id === drill.entry);
  const document = openedMember(found?.openings?.content, "document");
  const isSame =
    found?.leaf.writer.seq === drill.index &&
    document !== undefined &&
    canonicalJson(document) === canonicalJson(drill.result);
  if (!isSame) refuse("K-4", "a drill in the facts is not the one of its leaf");
}

const forms = ["text", "json", "html", "oscal"] as const;

/** Makes the reports again, and compares. @throws PackRefusal K-2, K-4, K-5 */
export async function checkReports(
  files: ArchiveReader,
  part: ReleasePart,
  { sha256, reports }: { readonly sha256: Sha256; readonly reports: ReportMaker },
): Promise<void> {
  const facts = parseReadinessFacts(parsePackFile(await files.take(PACK_NAMES.facts), PACK_NAMES.facts));
  checkFacts(sha256, part, facts);
  if (reports.catalogue !== part.evaluation.catalogue)
    refuse("K-5", "the evaluation was made with another catalogue: take the verifier of that version");
  const made = reports.make(facts);
  for (const form of forms) {
    if (!equalBytes(await files.take(PACK_NAMES[form]), made[form]))
      refuse("K-5", `${PACK_NAMES[form]} is not the report that the evaluation gives`);
  }
}

/** The certificate of the newest activation and the policies of the manifest. @throws PackRefusal K-2, K-6 */
export async function checkCertificateAndPolicies(
  files: ArchiveReader,
  { entries, manifest, pack }: ReleasePart,
  sha256: Sha256,
): Promise<void> {
  const active = entries.findLast(
    ({ leaf }) =>
      leaf.type === "release" && leaf.body.action === "activated" && leaf.body.release === pack.release,
  );
  const certificate = openedMember(active?.openings?.content, "certificate");
  if (certificate !== undefined) {
    const given = await files.take(PACK_NAMES.certificate);
    if (!equalBytes(given, packFile(certificate)))
      refuse("K-6", "the certificate is another one than the log's");
  }
  for (const digest of manifest.policies) {
    const text = await files.take(policyName(digest));
    if (toSha256Text(sha256(text)) !== digest) refuse("K-6", `${policyName(digest)} is another policy`);
  }
}
