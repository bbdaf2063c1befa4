import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** EVD-07: one operator alone can have sealed parts erased, and whoever runs the machine can stop the process. */
export const evd07: Control = absentControl(
  "EVD-07",
  "ways to alter, delete or switch off evidence",
  "there is no dual control: one operator alone can have sealed parts erased, and whoever runs the machine can stop the process",
);
