import {
  type DpopProof,
  jwkThumbprint,
  openedMember,
  type PublicJwk,
  parseCompactJws,
  parseDpopProof,
} from "@narrowgate/contracts";
import { fromBase64url, isNarrowgateError, toSha256Text, utf8 } from "@narrowgate/kernel";
import type { VerifierCrypto } from "../crypto.ts";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { isJsonObject } from "../json-object.ts";

const maxProofChars = 16_384;
const maxKept = 4096;

/** Decisions whose arguments the agent's own key signed. */
export type SignedArguments = ReadonlySet<string>;

async function isSigned(
  { alg, jwk }: DpopProof,
  message: Uint8Array,
  [crypto, signature]: readonly [VerifierCrypto, Uint8Array],
): Promise<boolean> {
  if (alg === "ES256") return jwk.kty === "EC" && crypto.verifyEs256(jwk, message, signature);
  return jwk.kty === "OKP" && crypto.verifyEd25519(fromBase64url(jwk.x), message, signature);
}

/** The key a proof has to be by: that of the token presented, or of the token being minted. */
function expectedKeys(evidence: Evidence): (decision: Entry<"decision">) => string | undefined {
  const byToken = new Map<string, string>();
  const byDecision = new Map<string, string>();
  for (const { leaf } of entriesOf(evidence, "token")) {
    byToken.set(leaf.body.token, leaf.body.jkt);
    byDecision.set(leaf.body.decision, leaf.body.jkt);
  }
  return ({ leaf }) => {
    const isMint = leaf.body.action === "mint" || leaf.body.action === "exchange";
    return isMint ? byDecision.get(leaf.id) : byToken.get(leaf.body.token ?? "");
  };
}

/** What is worked out once, however many proofs it is needed for. */
class ProofFacts {
  readonly #sha256: VerifierCrypto["sha256"];
  readonly #thumbprints: Map<string, string> = new Map();
  readonly #digests: Map<string, string> = new Map();

  constructor({ sha256 }: VerifierCrypto) {
    this.#sha256 = sha256;
  }

  thumbprint(jwk: PublicJwk): string {
    const name = JSON.stringify(jwk);
    return this.#keep(this.#thumbprints, name, () => jwkThumbprint(this.#sha256, jwk));
  }

  digest(token: string): string {
    return this.#keep(this.#digests, token, () => toSha256Text(this.#sha256(utf8(token))));
  }

  #keep(kept: Map<string, string>, name: string, make: () => string): string {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const made = make();
    if (kept.size >= maxKept) kept.clear();
    kept.set(name, made);
    return made;
  }
}

function bindingFault(
  [evidence, facts]: readonly [Evidence, ProofFacts],
  { openings, leaf }: Entry<"decision">,
  proof: DpopProof,
  jkt: string | undefined,
): string | undefined {
  const { sha256 } = evidence.crypto;
  const sealed = openings.proof;
  const thumbprint = facts.thumbprint(proof.jwk);
  const { use } = leaf.body;
  if (use !== undefined && use !== toSha256Text(sha256(utf8(`${thumbprint}.${proof.jti}`)))) {
    return "the proof is not the one whose single use is on record";
  }
  if (jkt !== undefined && thumbprint !== jkt) return "the proof is by another key than the token's";
  if (proof.htm !== openedMember(sealed, "htm")) return "the proof is for another method";
  if (proof.htu !== openedMember(sealed, "htu")) return "the proof is for another address";
  const token = openedMember(sealed, "token");
  const { action } = leaf.body;
  const isUse = action === "call" || action === "list" || action === "evaluate";
  if (isUse && typeof token === "string" && proof.ath !== facts.digest(token)) {
    return "the proof is for another token";
  }
  return undefined;
}

/** Whether the exact body is opened and the proof signs it; a string means that it signs another one. */
function bodySigned(
  evidence: Evidence,
  { openings }: Entry<"decision">,
  { bodySha256 }: DpopProof,
): boolean | string {
  const request = openedMember(openings.content, "request");
  const body = isJsonObject(request) ? request.body : undefined;
  if (bodySha256 === undefined || typeof body !== "string") return false;
  return (
    toSha256Text(evidence.crypto.sha256(utf8(body))) === bodySha256 || "the proof signs another request body"
  );
}

async function proofFault(
  source: readonly [Evidence, ProofFacts],
  entry: Entry<"decision">,
  text: string,
  jkt: string | undefined,
): Promise<{ fault?: string; signsBody: boolean }> {
  const [evidence] = source;
  const jws = parseCompactJws(text, { maxBytes: maxProofChars });
  const proof = parseDpopProof(jws);
  if (!(await isSigned(proof, utf8(jws.signingInput), [evidence.crypto, jws.signature]))) {
    return { fault: "the possession proof does not verify", signsBody: false };
  }
  const body = bodySigned(evidence, entry, proof);
  const fault = bindingFault(source, entry, proof, jkt) ?? (typeof body === "string" ? body : undefined);
  return { ...(fault === undefined ? {} : { fault }), signsBody: body === true };
}

async function checkOne(
  source: readonly [Evidence, ProofFacts],
  entry: Entry<"decision">,
  jkt: string | undefined,
): Promise<{ fault?: string; signsBody: boolean }> {
  const text = openedMember(entry.openings.proof, "dpop");
  if (typeof text !== "string") return { signsBody: false };
  try {
    return await proofFault(source, entry, text, jkt);
  } catch (error) {
    if (isNarrowgateError(error)) return { fault: "the possession proof is malformed", signsBody: false };
    throw error;
  }
}

function checkSingleUse(evidence: Evidence, findings: Findings): void {
  const used = new Set<string>();
  for (const { leaf } of entriesOf(evidence, "decision")) {
    const { use, verdict } = leaf.body;
    if (use === undefined || verdict !== "permit") continue;
    if (used.has(use)) findings.fail("E-20", "one proof was accepted twice", leaf.id);
    used.add(use);
  }
}

/**
 * Checks every possession proof that was accepted: signature, key, method, address, token, body; none accepted twice.
 * @returns ids of decisions whose arguments the agent's key signed; of all others they are a claim of the gate
 * @see docs/spec/evidence.md E-20
 */
export async function checkPossession(evidence: Evidence, findings: Findings): Promise<SignedArguments> {
  const signed = new Set<string>();
  const keyOf = expectedKeys(evidence);
  const facts = new ProofFacts(evidence.crypto);
  checkSingleUse(evidence, findings);
  for (const entry of entriesOf(evidence, "decision")) {
    const { fault, signsBody } = await checkOne([evidence, facts], entry, keyOf(entry));
    if (signsBody && fault === undefined) signed.add(entry.leaf.id);
    if (fault === undefined) continue;
    if (entry.leaf.body.verdict === "permit") findings.fail("E-20", fault, entry.leaf.id);
    else findings.remark(entry.leaf.id, `(${fault})`);
  }
  return signed;
}
