import {
  type EcPublicJwk,
  jwkThumbprint,
  type Leaf,
  type OperatorClaims,
  openedMember,
  parseOperatorJws,
  parsePublicJwk,
} from "@narrowgate/contracts";
import { utf8 } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { originOf } from "./check-checkpoint.ts";

/** Names of the operators whose signed request stands behind a leaf, by leaf id. */
export type SignedByOperator = ReadonlyMap<string, string>;

const maxAgeMs = 300_000;
const aheadMs = 5_000;

/** An enrolled key and where in the log it counts. */
interface OperatorKey {
  readonly entry: Entry<"operator">;
  readonly name: string;
  readonly jwk: EcPublicJwk | undefined;
  /** Time of its removal, if it was removed. */
  readonly removedAtMs: number | undefined;
}

function readKey(evidence: Evidence, findings: Findings, entry: Entry<"operator">): OperatorKey {
  const { leaf, openings } = entry;
  const { operator, jkt } = leaf.body;
  const opened = openedMember(openings.content, "jwk");
  const name = openedMember(openings.content, "name");
  const jwk = opened === undefined ? undefined : parsePublicJwk(opened);
  if (jwk !== undefined && jwkThumbprint(evidence.crypto.sha256, jwk) !== jkt) {
    findings.fail("E-27", "an operator's key is not the one whose thumbprint is on record", leaf.id);
  }
  const removal = entriesOf(evidence, "operator").find(
    (other) => other.leaf.body.action === "removed" && other.leaf.body.operator === operator,
  );
  return {
    entry,
    name: typeof name === "string" ? name : operator,
    jwk: jwk?.kty === "EC" ? jwk : undefined,
    removedAtMs: removal?.leaf.at,
  };
}

function readKeys(evidence: Evidence, findings: Findings): readonly OperatorKey[] {
  const enrolled = entriesOf(evidence, "operator").filter(({ leaf }) => leaf.body.action === "enrolled");
  return enrolled.flatMap((entry) => {
    const key = findings.attempt("E-27", entry.leaf.id, () => readKey(evidence, findings, entry));
    return key === undefined ? [] : [key];
  });
}

/** Whom the leaf names as the one who asked; undefined when it leaves that to the request. */
function namedOperator({ body, type }: Leaf): string | undefined {
  switch (type) {
    case "registry":
    case "policy":
    case "erasure":
    case "overlay":
      return body.operator;
    case "revocation":
    case "person":
    case "release":
      return body.operator;
    case "read":
      return body.auditor;
    default:
      return undefined;
  }
}

/** The key the request says it is by: enrolled before the leaf, or by the leaf itself, as the first one is. */
function signerOf(
  keys: readonly OperatorKey[],
  { index }: Entry,
  { iss }: OperatorClaims,
): OperatorKey | undefined {
  return keys.find(({ entry }) => {
    const { operator, jkt } = entry.leaf.body;
    return entry.index === index ? jkt === iss : entry.index < index && (jkt === iss || operator === iss);
  });
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function claimFault(
  evidence: Evidence,
  { leaf }: Entry,
  { aud, iat }: OperatorClaims,
  { entry, removedAtMs }: OperatorKey,
): string | undefined {
  const named = namedOperator(leaf);
  if (named !== undefined && named !== entry.leaf.body.operator) return "another operator signed the request";
  const host = originOf(evidence.bundle.checkpoint)?.split("/log/")[0];
  if (host !== undefined && hostOf(aud) !== host) return "the operator signed for another instance";
  const signedAtMs = iat * 1000;
  if (signedAtMs > leaf.at + aheadMs || signedAtMs < leaf.at - maxAgeMs)
    return "the operator signed at another time";
  const wasRemoved = removedAtMs !== undefined && signedAtMs > removedAtMs + aheadMs;
  return wasRemoved ? "the operator had been removed" : undefined;
}

/** Checks one request; the name of its signer, or undefined when the signer's key is not in hand. */
async function checkOne(
  evidence: Evidence,
  findings: Findings,
  [entry, request]: readonly [Entry, string],
  keys: readonly OperatorKey[],
): Promise<string | undefined> {
  const { claims, signingInput, signature } = parseOperatorJws(request);
  const signer = signerOf(keys, entry, claims);
  if (signer?.entry.index === entry.index && keys.some((key) => key.entry.index < entry.index)) {
    findings.fail("E-27", "an operator who is not the first enrolled themselves", entry.leaf.id);
    return undefined;
  }
  if (signer?.jwk === undefined) {
    findings.remark(entry.leaf.id, "(the key of its operator is not disclosed)");
    return undefined;
  }
  const isSigned = await evidence.crypto.verifyEs256(signer.jwk, utf8(signingInput), signature);
  const fault = isSigned
    ? claimFault(evidence, entry, claims, signer)
    : "the operator's request does not verify";
  if (fault !== undefined) findings.fail("E-27", fault, entry.leaf.id);
  return fault === undefined ? signer.name : undefined;
}

function asksAnOperator({ leaf }: Entry): boolean {
  return leaf.type !== "revocation" || leaf.body.by === "operator";
}

/**
 * Verifies the signed requests behind registrations, policies, operators, revocations, mandates, erasures and readings,
 * under the keys the log says were enrolled. What the body of a request said is not in the bundle.
 * @see docs/spec/evidence.md E-27
 */
export async function checkOperators(evidence: Evidence, findings: Findings): Promise<SignedByOperator> {
  const keys = readKeys(evidence, findings);
  const signed = new Map<string, string>();
  for (const entry of evidence.entries) {
    const request = openedMember(entry.openings.proof, "request");
    if (request === undefined || !asksAnOperator(entry)) continue;
    if (typeof request !== "string") {
      findings.fail("E-27", "what an operator signed is no text", entry.leaf.id);
      continue;
    }
    const name = await findings.attemptAsync("E-27", entry.leaf.id, () =>
      checkOne(evidence, findings, [entry, request], keys),
    );
    if (name === undefined) continue;
    signed.set(entry.leaf.id, name);
    // A mandate is its subject's word first; see the check of subjects.
    if (entry.leaf.type !== "mandate" || entry.leaf.body.action !== "opened")
      findings.mark(entry.leaf.id, { status: "signed", by: `operator ${name}` });
  }
  return signed;
}
