import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** EVD-06: would be decided on retention rules and on records that were fetched back. */
export const evd06: Control = absentControl(
  "EVD-06",
  "records that were fetched back, by age",
  "there is no test that old records come back",
);
