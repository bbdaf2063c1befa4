import type { Control } from "../fold/control.ts";
import { crd03 } from "./crd/crd-03.ts";
import { del01 } from "./del/del-01.ts";
import { pol01 } from "./pol/pol-01.ts";

/** Every control that ships, in order of id. */
export const controls: readonly Control[] = [crd03, del01, pol01];
