import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** CTN-03: caps hold for one mandate; budgets over a principal and everything below it do not exist. */
export const ctn03: Control = absentControl(
  "CTN-03",
  "budgets of principals and of everything below them",
  "caps hold for one mandate at its home writer; there are no leases, and no budget over a principal and all below",
);
