import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** TSC-04: would be decided on the grants that identity providers and others have given. */
export const tsc04: Control = absentControl(
  "TSC-04",
  "grants of third parties",
  "no inventory of grants at identity providers and vendors is taken in",
);
