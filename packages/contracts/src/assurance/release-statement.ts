import type { Sha256, Sha256Text } from "@narrowgate/kernel";
import { type StatementForm, statementForm } from "../approval/statement-form.ts";
import { oneOf } from "../reading/readers.ts";
import { shape } from "../reading/shape.ts";
import { type StandingNamed, standingShape } from "./standing-statement.ts";

/** What a signature under a release can mean; each is other bytes. */
export const RELEASE_STATEMENT_KINDS = ["sign_release", "refuse_release"] as const;

/** What one of the four signs with a passkey. @see docs/spec/release.md section 3 */
export type ReleaseStatement = StandingNamed & {
  readonly kind: (typeof RELEASE_STATEMENT_KINDS)[number];
};

/** Its form; its tag is not that of an approval, so neither passes for the other. */
export const RELEASE_FORM: StatementForm<ReleaseStatement> = statementForm({
  tag: "narrowgate/release-statement/v1",
  read: shape<ReleaseStatement>({ ...standingShape, kind: oneOf(RELEASE_STATEMENT_KINDS) }),
  maxDepth: 2,
});

/** Writes a statement as it is signed: canonical JSON as UTF-8. */
export function formatReleaseStatement(statement: ReleaseStatement): Uint8Array<ArrayBuffer> {
  return RELEASE_FORM.format(statement);
}

/**
 * Reads a statement from its bytes, which must be exactly what {@link formatReleaseStatement} writes.
 * Trust: `bytes` are attacker-controlled.
 * @throws NarrowgateError `malformed_json` or `malformed_input`
 */
export function parseReleaseStatement(bytes: Uint8Array): ReleaseStatement {
  return RELEASE_FORM.parse(bytes);
}

/** The WebAuthn challenge of a statement. */
export function releaseChallenge(sha256: Sha256, statement: ReleaseStatement): Sha256Text {
  return RELEASE_FORM.challenge(sha256, statement);
}
