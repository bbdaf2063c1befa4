import {
  canonicalJson,
  equalBytes,
  parseStrictJson,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import { digest, id, id16, integer, literal, oneOf, refuseInput, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import { RELEASE_ROLES, type ReleaseRole } from "./deployment.ts";

/** Longest an agent is let through without a release, in seconds. @see docs/spec/release.md R-21 */
export const MAX_GLASS_S: number = 4 * 3600;
/** How long after its end a break-glass waits for its review, in milliseconds. */
export const GLASS_REVIEW_MS: number = 24 * 3_600_000;
/** How many people sign one, each in a role of her own, and the role that must be among them. */
export const GLASS_SIGNERS = 2;
export const GLASS_ROLE = "security";
/** Roles in which a review is signed. */
export const GLASS_REVIEW_ROLES = ["compliance", "security"] as const;

/** What two people sign to let an agent through without a release. @see docs/spec/release.md R-21 */
export type GlassStatement = {
  readonly v: 1;
  readonly kind: "break_glass" | "refuse_glass";
  /** Id of the break-glass. */
  readonly id: string;
  readonly nonce: string;
  readonly release: string;
  readonly deployment: string;
  readonly profile: string;
  readonly readiness: string;
  readonly diff: string;
  readonly rendered: string;
  readonly role: ReleaseRole;
  /** For how long, from the second signature. */
  readonly seconds: number;
  readonly not_after: number;
};

/** What somebody else signs afterwards, who read what was done. @see docs/spec/release.md R-24 */
export type GlassReview = {
  readonly v: 1;
  readonly kind: "review_glass";
  readonly id: string;
  readonly nonce: string;
  readonly deployment: string;
  /** Digest of all that was shown, the calls among it. */
  readonly rendered: string;
  readonly role: (typeof GLASS_REVIEW_ROLES)[number];
  /** What she found, in her words. */
  readonly findings: string;
};

const readGlass: Reader<GlassStatement> = shape<GlassStatement>({
  v: literal(1),
  kind: oneOf(["break_glass", "refuse_glass"]),
  id,
  nonce: id16,
  release: digest,
  deployment: digest,
  profile: digest,
  readiness: digest,
  diff: digest,
  rendered: digest,
  role: oneOf(RELEASE_ROLES),
  seconds: integer({ min: 1, max: MAX_GLASS_S }),
  not_after: integer(),
});

const readReview: Reader<GlassReview> = shape<GlassReview>({
  v: literal(1),
  kind: literal("review_glass"),
  id,
  nonce: id16,
  deployment: digest,
  rendered: digest,
  role: oneOf(GLASS_REVIEW_ROLES),
  findings: text({ min: 1, max: 1024 }),
});

/** Writes a statement as it is signed: canonical JSON as UTF-8. */
export function formatGlassStatement(statement: GlassStatement | GlassReview): Uint8Array<ArrayBuffer> {
  return utf8(canonicalJson(statement));
}

function parsed<T extends GlassStatement | GlassReview>(bytes: Uint8Array, read: Reader<T>): T {
  const statement = read(parseStrictJson(bytes, { maxBytes: 4096, maxDepth: 2 }), "");
  if (!equalBytes(formatGlassStatement(statement), bytes)) refuseInput("", "is not in canonical form");
  return statement;
}

/**
 * Reads a statement from its bytes, which must be exactly what {@link formatGlassStatement} writes.
 * Trust: `bytes` are attacker-controlled.
 * @throws NarrowgateError `malformed_json` or `malformed_input`
 */
export function parseGlassStatement(bytes: Uint8Array): GlassStatement {
  return parsed(bytes, readGlass);
}

/** The same of a review. @throws NarrowgateError `malformed_json` or `malformed_input` */
export function parseGlassReview(bytes: Uint8Array): GlassReview {
  return parsed(bytes, readReview);
}

/** The WebAuthn challenge of either; its tag is that of no release and no approval, so that none passes for another. */
export function glassChallenge(sha256: Sha256, statement: GlassStatement | GlassReview): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/glass-statement/v1\n${canonicalJson(statement)}`)));
}
