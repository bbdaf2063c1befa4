import {
  type MandateDocument,
  mandateDigest,
  openedMember,
  parseMandateDocument,
} from "@narrowgate/contracts";
import { absentPart, type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { verifyAssertion } from "../issuer-signature.ts";
import type { SignedByOperator } from "./check-operators.ts";

async function checkSignature(
  evidence: Evidence,
  findings: Findings,
  entry: Entry<"mandate">,
  document: MandateDocument,
): Promise<void> {
  const { leaf, openings } = entry;
  const text = openedMember(openings.proof, "subject_assertion");
  if (typeof text !== "string") {
    findings.mark(leaf.id, { status: absentPart(evidence, entry, ["proof"]) ?? "missing" });
    return;
  }
  const outcome = await verifyAssertion(evidence, text);
  if (outcome.kind === "unknown_issuer") {
    findings.mark(leaf.id, { status: "claimed" });
    findings.remark(leaf.id, "(no trust file names a key of the person's issuer)");
    return;
  }
  if (outcome.kind === "forged") {
    findings.fail("E-26", `the subject's assertion does not verify: ${outcome.message}`, leaf.id);
    return;
  }
  const { nonce, sub } = outcome.claims;
  if (nonce !== leaf.body.digest) findings.fail("E-26", "the subject signed another mandate", leaf.id);
  const isSubject = document.subject === `${outcome.issuer}#${typeof sub === "string" ? sub : ""}`;
  if (!isSubject) findings.fail("E-26", "somebody else than the subject signed the mandate", leaf.id);
  findings.mark(leaf.id, { status: "signed", by: document.subject });
}

async function checkMandate(
  evidence: Evidence,
  findings: Findings,
  entry: Entry<"mandate">,
  operator: string | undefined,
): Promise<void> {
  const { leaf, openings } = entry;
  const opened = openedMember(openings.content, "document");
  if (leaf.body.action !== "opened") return;
  if (opened === undefined) {
    findings.mark(leaf.id, { status: absentPart(evidence, entry, ["content"]) ?? "missing" });
    return;
  }
  const document = parseMandateDocument(opened);
  if (mandateDigest(evidence.crypto.sha256, document) !== leaf.body.digest) {
    findings.fail("E-18", "the mandate document is not the one whose digest is on record", leaf.id);
  }
  if (leaf.body.basis === "signed_by_subject") await checkSignature(evidence, findings, entry, document);
  else if (operator === undefined) findings.mark(leaf.id, { status: "claimed" });
  else findings.mark(leaf.id, { status: "signed", by: `operator ${operator}` });
}

async function checkAttestation(
  evidence: Evidence,
  findings: Findings,
  { leaf, openings }: Entry<"attestation">,
): Promise<void> {
  const text = openedMember(openings.proof, "assertion");
  const outcome = typeof text === "string" ? await verifyAssertion(evidence, text) : undefined;
  if (outcome?.kind === "signed") findings.mark(leaf.id, { status: "signed", by: outcome.issuer });
  else if (outcome?.kind === "forged" && leaf.body.verdict === "accepted" && leaf.body.method === "oidc") {
    findings.fail("E-26", `an accepted assertion does not verify: ${outcome.message}`, leaf.id);
  } else findings.mark(leaf.id, { status: "claimed" });
}

/**
 * Checks who stands behind the transaction: the mandate is the document on record, and where the subject is said to
 * have signed it, an issuer of the trust file signed its digest for that very subject. Platform assertions likewise.
 * @param byOperator - leaves that an operator's verified request stands behind
 * @see docs/spec/evidence.md section 4 (`mandate`, `attestation`), E-26
 */
export async function checkSubjects(
  evidence: Evidence,
  findings: Findings,
  byOperator: SignedByOperator,
): Promise<void> {
  for (const entry of entriesOf(evidence, "mandate")) {
    await findings.attemptAsync("E-18", entry.leaf.id, () =>
      checkMandate(evidence, findings, entry, byOperator.get(entry.leaf.id)),
    );
  }
  for (const entry of entriesOf(evidence, "attestation")) {
    await findings.attemptAsync("E-26", entry.leaf.id, () => checkAttestation(evidence, findings, entry));
  }
}
