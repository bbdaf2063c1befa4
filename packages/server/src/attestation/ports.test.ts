import { expectTypeOf, test } from "vitest";
import type { MandatePorts } from "../mandates/ports.ts";
import type { AttestationPort, InstanceRecord as StsInstance } from "../sts/ports.ts";
import type { Attestation, InstanceRecord, VerifySubject } from "./index.ts";

test("what this room offers is what the rooms that use it ask for", () => {
  expectTypeOf<Attestation>().toExtend<AttestationPort>();
  expectTypeOf<InstanceRecord>().toEqualTypeOf<StsInstance>();
  expectTypeOf<VerifySubject>().toExtend<MandatePorts["verifySubject"]>();
});
