import type { AbsentDrill, Drill } from "../run/drill.ts";
import { dr02 } from "./dr-02.ts";

/** Drills that run, in the order of the catalogue. */
export const DRILLS: readonly Drill[] = [dr02];

/** Drills of the catalogue whose subject does not exist here yet, and why. */
export const ABSENT: readonly AbsentDrill[] = [];
