import {
  concatBytes,
  equalBytes,
  fromBase64url,
  parseStrictJson,
  type Sha256,
  utf8,
} from "@narrowgate/kernel";
import {
  GLASS_FORM,
  type GlassReview,
  type GlassStatement,
  REVIEW_FORM,
} from "../assurance/glass-statement.ts";
import { RELEASE_FORM, type ReleaseStatement } from "../assurance/release-statement.ts";
import { jsonObject, refuseInput, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import { APPROVAL_FORM, type ApprovalStatement } from "./statement.ts";
import type { StatementForm } from "./statement-form.ts";

/** What a person signed and what her authenticator made of it, as evidence seals it (approval.md section 3). */
export type SignedStatement = {
  /** Canonical JSON. */
  readonly statement: string;
  /** Base64url. */
  readonly client_data: string;
  /** Base64url. */
  readonly authenticator_data: string;
  /** Base64url; DER for ES256. */
  readonly signature: string;
};

/** Where approvals are signed. */
export interface ApprovalPlace {
  readonly origin: string;
  /** The host name of the origin, or a parent of it. */
  readonly rpId: string;
}

/** A statement whose ceremony is in order; the signature over `message` is still to be verified. */
export interface ReadStatement<Statement = ApprovalStatement> {
  readonly statement: Statement;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const flagPresent = 0x01;
const flagVerified = 0x04;

const base64url = text({ min: 1, max: 16_384, pattern: /^[A-Za-z0-9_-]+$/ });

const readShape: Reader<SignedStatement> = shape<SignedStatement>({
  statement: text({ min: 1, max: 4096 }),
  client_data: base64url,
  authenticator_data: base64url,
  signature: text({ min: 1, max: 1024, pattern: /^[A-Za-z0-9_-]+$/ }),
});

function checkClientData(bytes: Uint8Array, challenge: string, { origin }: ApprovalPlace): void {
  const data = jsonObject(parseStrictJson(bytes, { maxBytes: 8192, maxDepth: 8 }), "/client_data");
  if (data["type"] !== "webauthn.get") refuseInput("/client_data/type", "is not that of an assertion");
  if (data["challenge"] !== challenge) refuseInput("/client_data/challenge", "is not that of the statement");
  if (data["origin"] !== origin) refuseInput("/client_data/origin", "is not where approvals are signed");
  const isCross = data["crossOrigin"] !== undefined && data["crossOrigin"] !== false;
  if (isCross || data["topOrigin"] !== undefined) refuseInput("/client_data", "was made inside another page");
}

function checkAuthenticatorData(sha256: Sha256, data: Uint8Array, { rpId }: ApprovalPlace): void {
  if (data.length < 37) refuseInput("/authenticator_data", "is too short");
  if (!equalBytes(data.subarray(0, 32), sha256(utf8(rpId))))
    refuseInput("/authenticator_data", "is for another relying party");
  const flags = data[32] ?? 0;
  if ((flags & flagPresent) === 0) refuseInput("/authenticator_data", "says nobody was present");
  if ((flags & flagVerified) === 0) refuseInput("/authenticator_data", "says the person was not verified");
}

/** The origin's host is the RP id or lies below it (P-6). */
function checkPlace({ origin, rpId }: ApprovalPlace): void {
  const host = /^https?:\/\/([a-z0-9.-]+)(?::[0-9]{1,5})?$/.exec(origin)?.[1] ?? "";
  if (host !== rpId && !host.endsWith(`.${rpId}`))
    refuseInput("", "the RP id does not fit the approval origin");
}

function readSigned<Statement>(
  sha256: Sha256,
  value: unknown,
  place: ApprovalPlace,
  { parse, challenge }: StatementForm<Statement>,
): ReadStatement<Statement> {
  checkPlace(place);
  const signed = readShape(value, "");
  const statement = parse(utf8(signed.statement));
  const clientData = fromBase64url(signed.client_data);
  const authenticatorData = fromBase64url(signed.authenticator_data);
  checkClientData(clientData, challenge(sha256, statement), place);
  checkAuthenticatorData(sha256, authenticatorData, place);
  return {
    statement,
    message: concatBytes(authenticatorData, sha256(clientData)),
    signature: fromBase64url(signed.signature),
  };
}

/**
 * Reads what a person signed, and checks everything about the ceremony but the signature itself.
 * Trust: `value` is attacker-controlled; `place` is the reader's own.
 * @throws NarrowgateError `malformed_json`, `malformed_input`
 * @see docs/spec/approval.md P-2, P-3, P-5, P-6
 */
export function readSignedStatement(sha256: Sha256, value: unknown, place: ApprovalPlace): ReadStatement {
  return readSigned(sha256, value, place, APPROVAL_FORM);
}

/**
 * The same for one of the four signatures under a release.
 * Trust: `value` is attacker-controlled; `place` is the reader's own.
 * @throws NarrowgateError `malformed_json`, `malformed_input`
 * @see docs/spec/release.md
 */
export function readSignedRelease(
  sha256: Sha256,
  value: unknown,
  place: ApprovalPlace,
): ReadStatement<ReleaseStatement> {
  return readSigned(sha256, value, place, RELEASE_FORM);
}

/**
 * The same for what two people sign to let an agent through without a release.
 * Trust: `value` is attacker-controlled; `place` is the reader's own.
 * @throws NarrowgateError `malformed_json`, `malformed_input`
 * @see docs/spec/release.md R-21
 */
export function readSignedGlass(
  sha256: Sha256,
  value: unknown,
  place: ApprovalPlace,
): ReadStatement<GlassStatement> {
  return readSigned(sha256, value, place, GLASS_FORM);
}

/** The same for the review of it. @throws NarrowgateError `malformed_json`, `malformed_input` */
export function readSignedReview(
  sha256: Sha256,
  value: unknown,
  place: ApprovalPlace,
): ReadStatement<GlassReview> {
  return readSigned(sha256, value, place, REVIEW_FORM);
}

function derScalar(der: Uint8Array, at: number): { readonly bytes: Uint8Array; readonly end: number } {
  const length = der[at + 1] ?? 0;
  const bytes = der.subarray(at + 2, at + 2 + length);
  const isMinimal = length > 0 && (bytes[0] !== 0 || (length > 1 && (bytes[1] ?? 0) >= 0x80));
  const isPositive = (bytes[0] ?? 0xff) < 0x80;
  if (der[at] !== 0x02 || bytes.length !== length || !isMinimal || !isPositive)
    refuseInput("/signature", "is not DER");
  const magnitude = bytes[0] === 0 ? bytes.subarray(1) : bytes;
  if (magnitude.length > 32) refuseInput("/signature", "is not of P-256");
  const padded = new Uint8Array(32);
  padded.set(magnitude, 32 - magnitude.length);
  return { bytes: padded, end: at + 2 + length };
}

/**
 * The 64 bytes r || s of a P-256 signature in DER, read strictly: one signature has one form.
 * @throws NarrowgateError `malformed_input`
 */
export function rawSignature(der: Uint8Array): Uint8Array {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) refuseInput("/signature", "is not DER");
  const r = derScalar(der, 2);
  const s = derScalar(der, r.end);
  if (s.end !== der.length) refuseInput("/signature", "is not DER");
  return concatBytes(r.bytes, s.bytes);
}
