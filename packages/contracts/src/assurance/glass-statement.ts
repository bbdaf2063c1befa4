import type { Sha256, Sha256Text } from "@narrowgate/kernel";
import { type StatementForm, statementForm } from "../approval/statement-form.ts";
import { digest, id, id16, integer, literal, oneOf, text } from "../reading/readers.ts";
import { shape } from "../reading/shape.ts";
import { type StandingNamed, standingShape } from "./standing-statement.ts";

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
export type GlassStatement = StandingNamed & {
  readonly kind: "break_glass" | "refuse_glass";
  /** For how long, from the second signature. */
  readonly seconds: number;
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

/** Both tags are that of no release and no approval, so that none passes for another. */
const tag = "narrowgate/glass-statement/v1";

/** The form of what two people sign. */
export const GLASS_FORM: StatementForm<GlassStatement> = statementForm({
  tag,
  read: shape<GlassStatement>({
    ...standingShape,
    kind: oneOf(["break_glass", "refuse_glass"]),
    seconds: integer({ min: 1, max: MAX_GLASS_S }),
  }),
  maxDepth: 2,
});

/** The form of its review. */
export const REVIEW_FORM: StatementForm<GlassReview> = statementForm({
  tag,
  read: shape<GlassReview>({
    v: literal(1),
    kind: literal("review_glass"),
    id,
    nonce: id16,
    deployment: digest,
    rendered: digest,
    role: oneOf(GLASS_REVIEW_ROLES),
    findings: text({ min: 1, max: 1024 }),
  }),
  maxDepth: 2,
});

/** Writes either as it is signed: canonical JSON as UTF-8. */
export function formatGlassStatement(statement: GlassStatement | GlassReview): Uint8Array<ArrayBuffer> {
  return statement.kind === "review_glass" ? REVIEW_FORM.format(statement) : GLASS_FORM.format(statement);
}

/**
 * Reads a statement from its bytes, which must be exactly what {@link formatGlassStatement} writes.
 * Trust: `bytes` are attacker-controlled.
 * @throws NarrowgateError `malformed_json` or `malformed_input`
 */
export function parseGlassStatement(bytes: Uint8Array): GlassStatement {
  return GLASS_FORM.parse(bytes);
}

/** The same of a review. @throws NarrowgateError `malformed_json` or `malformed_input` */
export function parseGlassReview(bytes: Uint8Array): GlassReview {
  return REVIEW_FORM.parse(bytes);
}

/** The WebAuthn challenge of either. */
export function glassChallenge(sha256: Sha256, statement: GlassStatement | GlassReview): Sha256Text {
  return statement.kind === "review_glass"
    ? REVIEW_FORM.challenge(sha256, statement)
    : GLASS_FORM.challenge(sha256, statement);
}
