import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** CTN-04: would be decided on a baseline of behaviour, which does not exist. */
export const ctn04: Control = absentControl(
  "CTN-04",
  "alerts and the restrictions that followed",
  "there is no baseline of behaviour, and nothing narrows an agent by itself",
);
