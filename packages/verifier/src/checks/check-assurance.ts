import { evaluationDigest, openedMember, parseEvaluation } from "@narrowgate/contracts";
import { canonicalJson, type JsonValue, toSha256Text, utf8 } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

function digestOf({ crypto: { sha256 } }: Evidence, kind: string, document: JsonValue): string {
  return kind === "evaluation"
    ? evaluationDigest(sha256, parseEvaluation(document))
    : toSha256Text(sha256(utf8(canonicalJson(document))));
}

function checkOne(evidence: Evidence, findings: Findings, { leaf, openings }: Entry<"assurance">): void {
  const document = openedMember(openings.content, "document");
  if (document === undefined) return;
  if (digestOf(evidence, leaf.body.kind, document) !== leaf.body.digest)
    findings.fail("R-6", "the document is another one than its leaf names", leaf.id);
}

/**
 * Checks that every opened document of assurance is the one its leaf names.
 * @see docs/spec/release.md R-6
 */
export function checkAssurance(evidence: Evidence, findings: Findings): void {
  for (const entry of entriesOf(evidence, "assurance"))
    findings.attempt("R-6", entry.leaf.id, () => checkOne(evidence, findings, entry));
}
