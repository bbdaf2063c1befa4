import { catalogue } from "../../catalogue/catalogue.ts";
import { lintCatalogue } from "../../catalogue/lint-clauses.ts";
import type { Control } from "../../fold/control.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";

/** REL-06: the controls turned red on what must turn them red, and every clause they claim was read in a text. */
export const rel06: Control = worldControl({
  id: "REL-06",
  of: "controls that were tried on a log that must turn them red",
  vantage: [
    "The same code tries itself: the stories it is tried on ship with it, are public, and can be run by anybody.",
  ],
  judge({ world: { selfTest } }) {
    if (selfTest === undefined)
      return { ...nothingFound(), unmet: "the controls were not tried on their own fixtures" };
    const says = [...selfTest.wrong, ...lintCatalogue(catalogue)];
    return {
      population: selfTest.controls,
      decided: selfTest.controls,
      violations: says.map((one) => ({ says: one })),
      violationsInAll: says.length,
      evidence: [],
    };
  },
});
