import { expectTypeOf, test } from "vitest";
import type { Containment } from "../containment/containment.ts";
import type { MandatePorts } from "../mandates/ports.ts";
import type { ProofVerifier } from "../platform/jose/index.ts";
import type { RegistryTable } from "../registry/registry-table.ts";
import type { AttestationPort, InstanceRecord as StsInstance } from "../sts/ports.ts";
import type {
  Attestation,
  AttestationPorts,
  InstanceRecord,
  ProofPort,
  RegistryPort,
  VerifySubject,
} from "./index.ts";

test("what this room offers is what the rooms that use it ask for", () => {
  expectTypeOf<Attestation>().toExtend<AttestationPort>();
  expectTypeOf<InstanceRecord>().toEqualTypeOf<StsInstance>();
  expectTypeOf<VerifySubject>().toExtend<MandatePorts["verifySubject"]>();
});

test("what this room asks for is what others offer", () => {
  expectTypeOf<RegistryTable>().toExtend<RegistryPort>();
  expectTypeOf<Containment>().toExtend<Pick<AttestationPorts, "revoke"> & AttestationPorts["epochs"]>();
  expectTypeOf<ProofVerifier>().toExtend<ProofPort>();
});
