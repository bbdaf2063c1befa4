import type { ErrorCode } from "../../errors/catalogue.ts";
import { digest, id, integer, oneOf, refuseInput } from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";
import { errorCode } from "./error-code.ts";

/** What was decided about. */
export const DECISION_ACTIONS = ["mint", "exchange", "call", "list", "mandate", "admin", "evaluate"] as const;

/** One of {@link DECISION_ACTIONS}. */
export type DecisionAction = (typeof DECISION_ACTIONS)[number];

/** One decision: a refusal names its code, a permit never does (E-12). */
export type DecisionBody = {
  readonly action: DecisionAction;
  readonly verdict: "permit" | "refuse";
  readonly code?: ErrorCode;
  readonly policy: string;
  readonly procedure: string;
  readonly feed: number;
  /** H(jti) of the token presented. */
  readonly token?: string;
  /** Digest of the proof's key and jti: shows single use without naming either. */
  readonly use?: string;
  readonly mandate?: string;
  readonly instance?: string;
};

const decisionShape = shape<DecisionBody>({
  action: oneOf(DECISION_ACTIONS),
  verdict: oneOf(["permit", "refuse"]),
  code: optional(errorCode),
  policy: digest,
  procedure: digest,
  feed: integer(),
  token: optional(digest),
  use: optional(digest),
  mandate: optional(id),
  instance: optional(id),
});

export const readDecision: Reader<DecisionBody> = (value, path) => {
  const body = decisionShape(value, path);
  if ((body.verdict === "refuse") !== (body.code !== undefined)) {
    refuseInput(`${path}/code`, "stands exactly in a refusal");
  }
  if (body.action === "admin" && body.verdict === "permit")
    refuseInput(
      `${path}/verdict`,
      "is `refuse` for an operator's request; what is done leaves a leaf of its own",
    );
  return body;
};
