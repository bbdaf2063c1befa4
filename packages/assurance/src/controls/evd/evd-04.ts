import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** EVD-04: would compare this log with what others saw. */
export const evd04: Control = absentControl(
  "EVD-04",
  "resources whose own record was compared with ours",
  "there is no second vantage: no records of resources, identity providers or clouds are taken in",
);
