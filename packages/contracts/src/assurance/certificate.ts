import {
  canonicalJson,
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64url,
  type JsonObject,
  parseStrictJson,
  toBase64,
  toHex,
  utf8,
} from "@narrowgate/kernel";
import type { SignedStatement } from "../approval/signed-statement.ts";
import { digest, id, id16, integer, listOf, literal, oneOf, refuseInput, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import { RELEASE_ROLES, type ReleaseRole } from "./deployment.ts";
import { profileName } from "./gate-profile.ts";

/** Media type of what the envelope holds. */
export const IN_TOTO_PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** Type of our predicate; a name, not an address that must answer. */
export const RELEASE_PREDICATE_TYPE = "https://narrowgate.dev/release/v1";

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** DSSE envelope: payload and signatures in standard base64. */
export type Envelope = {
  readonly payloadType: typeof IN_TOTO_PAYLOAD_TYPE;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
};

/** One of the four signatures, as the certificate carries it. */
export type CertifiedSignature = { readonly role: ReleaseRole; readonly person: string } & SignedStatement;

/** What the certificate says about a release. */
export type ReleasePredicate = {
  readonly agent: string;
  readonly release: string;
  readonly deployment: string;
  readonly environment: string;
  readonly profile: { readonly name: string; readonly version: number; readonly digest: string };
  /** The evaluation it was signed on: digest of the document, and the leaf that has it. */
  readonly readiness: { readonly digest: string; readonly entry: string };
  /** Controls that were not established: what the certificate does not say. */
  readonly not_established: readonly string[];
  /** In the order of {@link RELEASE_ROLES}. */
  readonly signatures: readonly CertifiedSignature[];
};

type Statement = {
  readonly _type: typeof STATEMENT_TYPE;
  readonly predicateType: typeof RELEASE_PREDICATE_TYPE;
  readonly predicate: ReleasePredicate;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
};

const words = text({ min: 1, max: 1024 });
const long = text({ min: 1, max: 16_384 });

const readPredicate: Reader<ReleasePredicate> = shape<ReleasePredicate>({
  agent: words,
  release: digest,
  deployment: digest,
  environment: words,
  profile: shape<ReleasePredicate["profile"]>({
    name: profileName,
    version: integer({ min: 1 }),
    digest,
  }),
  readiness: shape<ReleasePredicate["readiness"]>({ digest, entry: id16 }),
  not_established: listOf(words, { max: 1024 }),
  signatures: listOf(
    shape<CertifiedSignature>({
      role: oneOf(RELEASE_ROLES),
      person: id,
      statement: text({ min: 1, max: 4096 }),
      client_data: long,
      authenticator_data: long,
      signature: text({ min: 1, max: 1024 }),
    }),
    { max: RELEASE_ROLES.length },
  ),
});

const readStatement: Reader<Statement> = shape<Statement>({
  _type: literal(STATEMENT_TYPE),
  predicateType: literal(RELEASE_PREDICATE_TYPE),
  predicate: readPredicate,
  subject: listOf(
    shape<Statement["subject"][number]>({
      name: words,
      digest: shape<{ readonly sha256: string }>({
        sha256: text({ min: 64, max: 64, pattern: /^[0-9a-f]+$/ }),
      }),
    }),
    { min: 2, max: 2 },
  ),
});

const readEnvelope: Reader<Envelope> = shape<Envelope>({
  payloadType: literal(IN_TOTO_PAYLOAD_TYPE),
  payload: text({ min: 1, max: 1_048_576 }),
  signatures: listOf(shape<Envelope["signatures"][number]>({ keyid: words, sig: words }), {
    min: 1,
    max: 1,
  }),
});

function hexOf(value: string): string {
  return toHex(fromBase64url(value));
}

/** The in-toto Statement (v1) of a release, canonical: its subjects are the release and the deployment. */
export function formatReleaseAttestation(predicate: ReleasePredicate): Uint8Array<ArrayBuffer> {
  const statement: JsonObject = {
    _type: STATEMENT_TYPE,
    predicate,
    predicateType: RELEASE_PREDICATE_TYPE,
    subject: [
      { digest: { sha256: hexOf(predicate.release) }, name: `release of ${predicate.agent}` },
      { digest: { sha256: hexOf(predicate.deployment) }, name: `deployment of ${predicate.agent}` },
    ],
  };
  return utf8(canonicalJson(statement));
}

/** The bytes a DSSE signature is over (pre-authentication encoding). */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${utf8(payloadType).length} ${payloadType} ${payload.length} `;
  return concatBytes(utf8(head), payload);
}

/** Wraps a payload and its one signature. */
export function sealEnvelope(payload: Uint8Array, keyid: string, signature: Uint8Array): Envelope {
  return {
    payload: toBase64(payload),
    payloadType: IN_TOTO_PAYLOAD_TYPE,
    signatures: [{ keyid, sig: toBase64(signature) }],
  };
}

/** A certificate that was read; its signature is still to be verified over `message`. */
export interface ReadCertificate {
  readonly predicate: ReleasePredicate;
  readonly keyid: string;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Reads a release certificate: a DSSE envelope with one signature, around exactly what
 * {@link formatReleaseAttestation} writes.
 * Trust: `value` is attacker-controlled; nothing in it is verified.
 * @throws NarrowgateError `malformed_input`, `malformed_json`
 * @see docs/spec/release.md R-8
 */
export function readCertificate(value: unknown): ReadCertificate {
  const envelope = readEnvelope(value, "");
  const payload = fromBase64(envelope.payload);
  const statement = parseStrictJson(payload, { maxBytes: 786_432, maxDepth: 8 });
  const { predicate } = readStatement(statement, "/payload");
  if (!equalBytes(formatReleaseAttestation(predicate), payload))
    refuseInput("/payload", "is not in canonical form, or names other subjects");
  const [signature] = envelope.signatures;
  return {
    predicate,
    keyid: signature?.keyid ?? "",
    message: preAuthEncoding(envelope.payloadType, payload),
    signature: fromBase64(signature?.sig ?? ""),
  };
}
