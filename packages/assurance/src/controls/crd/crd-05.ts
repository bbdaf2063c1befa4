import type { Control } from "../../fold/control.ts";
import { absentControl } from "../../fold/leaf-control.ts";

/** CRD-05: would be decided on scans for secrets, which do not exist. */
export const crd05: Control = absentControl(
  "CRD-05",
  "surfaces that were scanned for secrets",
  "nothing scans code, images, prompts, memory, payloads and traces for live secrets, and no canaries are planted",
);
