export type { AttestRequest } from "./attest-workload.ts";
export {
  createEnrolEndpoint,
  type EnrolAnswer,
  type EnrolInput,
  MAX_ENROL_BYTES,
} from "./enrolment/enrol-endpoint.ts";
export type { EnrolRequest, IssuedJoinCode } from "./enrolment/enrol-instance.ts";
export { createJobVerifier, type JobRule, type VerifyJob } from "./jobs/verify-job.ts";
export { type Attestation, type ListedInstance, openAttestation } from "./open-attestation.ts";
export type {
  AttestationPorts,
  InstanceRecord,
  InstanceRevocation,
  ProofPort,
  RegistryPort,
  SubjectPorts,
} from "./ports.ts";
export {
  createSubjectVerifier,
  type RefusedPerson,
  type VerifiedPerson,
  type VerifySubject,
} from "./subject/verify-subject.ts";
