import type { ErrorCode } from "../../errors/catalogue.ts";
import { digest, id, integer, oneOf, refuseInput } from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";
import type { SubjectBasis } from "../../token/claims.ts";
import { SUBJECT_BASES } from "../../token/claims.ts";
import { errorCode } from "./error-code.ts";

/** A workload said who it is. */
export type AttestationBody = {
  readonly verdict: "accepted" | "refused";
  readonly code?: ErrorCode;
  readonly method: "enrolment" | "oidc" | "spiffe";
  readonly instance?: string;
  readonly jkt?: string;
  /** H(canonical {salt, id}), opened in the content. */
  readonly platform_instance?: string;
};

/** A mandate began or ended. `expires` in Unix milliseconds. */
export type MandateBody = {
  readonly action: "opened" | "closed" | "expired";
  readonly mandate: string;
  readonly subject: string;
  readonly basis: SubjectBasis;
  readonly digest: string;
  readonly expires: number;
  readonly idle_s?: number;
  readonly code?: ErrorCode;
};

const attestationShape = shape<AttestationBody>({
  verdict: oneOf(["accepted", "refused"]),
  code: optional(errorCode),
  method: oneOf(["enrolment", "oidc", "spiffe"]),
  instance: optional(id),
  jkt: optional(digest),
  platform_instance: optional(digest),
});

export const readAttestation: Reader<AttestationBody> = (value, path) => {
  const body = attestationShape(value, path);
  if ((body.verdict === "refused") !== (body.code !== undefined)) {
    refuseInput(`${path}/code`, "stands exactly in a refusal");
  }
  return body;
};

export const readMandate: Reader<MandateBody> = shape<MandateBody>({
  action: oneOf(["opened", "closed", "expired"]),
  mandate: id,
  subject: id,
  basis: oneOf(SUBJECT_BASES),
  digest,
  expires: integer(),
  idle_s: optional(integer()),
  code: optional(errorCode),
});
