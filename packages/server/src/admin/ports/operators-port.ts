import type { JsonObject } from "@narrowgate/kernel";
import type { SeenRequest, SignedRequest } from "./signed-request.ts";

/** An operator as others may see them. */
export interface OperatorView {
  readonly ref: string;
  readonly name: string;
  readonly jkt: string;
  readonly enrolledAtMs: number;
}

/** A key as it came in, with its owner's signature. */
export interface EnrolmentInput {
  readonly name: string;
  readonly jwk: JsonObject;
  readonly signature: string;
  readonly seen: SeenRequest;
}

/** The operators room. */
export interface OperatorsPort {
  list(): readonly OperatorView[];
  /** @throws `join_code_invalid`, `conflict`, `operator_signature_invalid`, `malformed_input` */
  enrolFirst(enrolment: EnrolmentInput, code: string): Promise<OperatorView>;
  /** @throws `conflict`, `operator_signature_invalid`, `malformed_input` */
  enrol(enrolment: EnrolmentInput, by: SignedRequest): Promise<OperatorView>;
  /** @throws `not_found`, `conflict` */
  remove(ref: string, by: SignedRequest): Promise<void>;
  /** @throws `operator_unknown`, `operator_signature_invalid` */
  verify(jws: string, seen: SeenRequest): Promise<SignedRequest>;
}
