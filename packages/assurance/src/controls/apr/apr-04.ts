import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** APR-04: would be decided on seeded requests that must be refused, and on records of training. */
export const apr04: Control = absentControl(
  "APR-04",
  "approvers and what they were shown",
  "no requests are seeded that must be refused, and no training is on record",
);
