import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** TSC-03: would be decided on attestations of builders and on bills of material. */
export const tsc03: Control = absentControl(
  "TSC-03",
  "digests that run, and their provenance",
  "builds, models and prompts of agents come without a bill of materials, and no builder's attestation is verified at admission",
);
