import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** CTN-05: the plane does not run agents. */
export const ctn05: Control = absentControl(
  "CTN-05",
  "sandboxes of agents",
  "the plane does not run agents: their network and sandbox are not seen",
);
