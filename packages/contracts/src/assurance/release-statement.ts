import {
  canonicalJson,
  equalBytes,
  parseStrictJson,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import { digest, id, id16, integer, literal, oneOf, refuseInput } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import { RELEASE_ROLES, type ReleaseRole } from "./deployment.ts";

/** What a signature under a release can mean; each is other bytes. */
export const RELEASE_STATEMENT_KINDS = ["sign_release", "refuse_release"] as const;

/** What one of the four signs with a passkey. @see docs/spec/release.md section 3 */
export type ReleaseStatement = {
  readonly v: 1;
  readonly kind: (typeof RELEASE_STATEMENT_KINDS)[number];
  /** Id of the proposal. */
  readonly id: string;
  readonly nonce: string;
  /** Release digest. */
  readonly release: string;
  /** Deployment digest. */
  readonly deployment: string;
  /** Digest of the gate profile. */
  readonly profile: string;
  /** Digest of the evaluation document that was shown. */
  readonly readiness: string;
  /** Digest of the difference to the running release that was shown. */
  readonly diff: string;
  /** Digest of all that was shown (approval.md P-4). */
  readonly rendered: string;
  readonly role: ReleaseRole;
  /** Unix milliseconds. */
  readonly not_after: number;
};

const readStatement: Reader<ReleaseStatement> = shape<ReleaseStatement>({
  v: literal(1),
  kind: oneOf(RELEASE_STATEMENT_KINDS),
  id,
  nonce: id16,
  release: digest,
  deployment: digest,
  profile: digest,
  readiness: digest,
  diff: digest,
  rendered: digest,
  role: oneOf(RELEASE_ROLES),
  not_after: integer(),
});

/** Writes a statement as it is signed: canonical JSON as UTF-8. */
export function formatReleaseStatement(statement: ReleaseStatement): Uint8Array<ArrayBuffer> {
  return utf8(canonicalJson(statement));
}

/**
 * Reads a statement from its bytes, which must be exactly what {@link formatReleaseStatement} writes.
 * Trust: `bytes` are attacker-controlled.
 * @throws NarrowgateError `malformed_json` or `malformed_input`
 */
export function parseReleaseStatement(bytes: Uint8Array): ReleaseStatement {
  const statement = readStatement(parseStrictJson(bytes, { maxBytes: 4096, maxDepth: 2 }), "");
  if (!equalBytes(formatReleaseStatement(statement), bytes)) refuseInput("", "is not in canonical form");
  return statement;
}

/** The WebAuthn challenge of a statement; its tag is not that of an approval, so neither passes for the other. */
export function releaseChallenge(sha256: Sha256, statement: ReleaseStatement): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/release-statement/v1\n${canonicalJson(statement)}`)));
}
