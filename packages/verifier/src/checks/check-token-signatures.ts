import {
  type EcPublicJwk,
  openedMember,
  parseAccessTokenHeader,
  parseCompactJws,
} from "@narrowgate/contracts";
import { isNarrowgateError, toSha256Text, utf8 } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { MAX_TOKEN_CHARS } from "../token-facts.ts";

interface SigningKey {
  readonly jwk: EcPublicJwk;
  readonly from: number;
  until: number;
}

/** Our token-signing keys by kid, with the part of the log in which each was in force. */
function signingKeys(evidence: Evidence): ReadonlyMap<string, readonly SigningKey[]> {
  const keys = new Map<string, SigningKey[]>();
  for (const { leaf, index } of entriesOf(evidence, "key")) {
    const { action, purpose, kid, jwk } = leaf.body;
    if (purpose !== "token") continue;
    const known = keys.get(kid) ?? [];
    if (action === "retired") for (const key of known) key.until = Math.min(key.until, index);
    else if (jwk?.kty === "EC") known.push({ jwk, from: index, until: Number.POSITIVE_INFINITY });
    keys.set(kid, known);
  }
  return keys;
}

/** Digests of token leaves by `H(jti)`. */
function digestsOf(evidence: Evidence): ReadonlyMap<string, string> {
  return new Map(entriesOf(evidence, "token").map(({ leaf }) => [leaf.body.token, leaf.body.digest]));
}

interface Presented {
  readonly text: string;
  /** Whether it must be the token that the leaf names. */
  readonly isNamed: boolean;
}

interface Ours {
  readonly kid: string;
  readonly jti: unknown;
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

/** A token of ours, or undefined when the text is another party's (an ID token as subject token, an assertion as actor token). */
function readOurs(text: string): Ours | undefined {
  const { header, payload, signature, signingInput } = parseCompactJws(text, { maxBytes: MAX_TOKEN_CHARS });
  if (header.typ !== "at+jwt") return undefined;
  return { kid: parseAccessTokenHeader(header).kid, jti: payload.jti, signature, signingInput };
}

/** Checks each distinct token once, however many decisions presented it. */
class SignatureCheck {
  readonly #evidence: Evidence;
  readonly #keys: ReadonlyMap<string, readonly SigningKey[]>;
  readonly #digests: ReadonlyMap<string, string>;
  readonly #known: Map<string, { fault: string | undefined; keys: readonly SigningKey[]; tok: string }> =
    new Map();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#keys = signingKeys(evidence);
    this.#digests = digestsOf(evidence);
  }

  async fault({ text, isNamed }: Presented, { leaf, index }: Entry<"decision">): Promise<string | undefined> {
    const known = this.#known.get(text) ?? (await this.#verify(text));
    if (known === undefined) return undefined;
    this.#known.set(text, known);
    if (known.fault !== undefined) return known.fault;
    if (isNamed && leaf.body.token !== undefined && leaf.body.token !== known.tok)
      return "the token is not the one the leaf names";
    const inForce = known.keys.some(({ from, until }) => from < index && index <= until);
    return inForce ? undefined : "the signing key was not in force";
  }

  async #verify(
    text: string,
  ): Promise<{ fault: string | undefined; keys: readonly SigningKey[]; tok: string } | undefined> {
    const ours = readOurs(text);
    if (ours === undefined) return undefined;
    const { sha256 } = this.#evidence.crypto;
    const tok = typeof ours.jti === "string" ? toSha256Text(sha256(utf8(ours.jti))) : "";
    if (this.#digests.get(tok) !== toSha256Text(sha256(utf8(ours.signingInput)))) {
      return { fault: "the token is not the one that was recorded at its mint", keys: [], tok };
    }
    const keys: SigningKey[] = [];
    for (const key of this.#keys.get(ours.kid) ?? []) {
      if (await this.#evidence.crypto.verifyEs256(key.jwk, utf8(ours.signingInput), ours.signature))
        keys.push(key);
    }
    return {
      fault: keys.length === 0 ? "the token's signature is by no key of the log" : undefined,
      keys,
      tok,
    };
  }
}

/**
 * Checks every token that a decision saw: signed by a key of the log that was in force, and the very token that was
 * recorded when it was minted. A refused token may be anything: there a bad signature is what was refused.
 * @see docs/spec/evidence.md E-19
 */
export async function checkTokenSignatures(evidence: Evidence, findings: Findings): Promise<void> {
  const check = new SignatureCheck(evidence);
  for (const entry of entriesOf(evidence, "decision")) {
    const { id, body } = entry.leaf;
    for (const presented of presentedTokens(entry)) {
      const fault = await faultOf(check, presented, entry);
      if (fault !== undefined && body.verdict === "permit") findings.fail("E-19", fault, id);
      else if (fault !== undefined) findings.remark(id, `(${fault})`);
    }
  }
}

/** Tokens that were presented. An actor's own is beside the one the leaf names, never that one. */
function presentedTokens({ openings }: Entry<"decision">): readonly Presented[] {
  return (["token", "subject_token", "actor_token"] as const).flatMap((name) => {
    const text = openedMember(openings.proof, name);
    return typeof text === "string" ? [{ text, isNamed: name !== "actor_token" }] : [];
  });
}

async function faultOf(
  check: SignatureCheck,
  presented: Presented,
  entry: Entry<"decision">,
): Promise<string | undefined> {
  try {
    return await check.fault(presented, entry);
  } catch (error) {
    if (isNarrowgateError(error)) return "the token is malformed";
    throw error;
  }
}
