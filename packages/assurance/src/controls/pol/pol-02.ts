import { type Control, numberLimit } from "../../fold/control.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";
import { DRILL_SAW, PLANE_SAID } from "../vantage.ts";

/** POL-02: what nothing allows is refused, and what cannot be decided or recorded stops. Drills show it; settings are read. */
export const pol02: Control = worldControl({
  id: "POL-02",
  of: "settings that say what happens without a rule, a decision or news",
  limits: { feed_max_age_s: 60 },
  vantage: [PLANE_SAID, DRILL_SAW],
  judge({ world: { gate }, limits }) {
    if (gate === undefined)
      return { ...nothingFound(), unmet: "the settings of the gate were not handed in" };
    const says = [
      ...(gate.defaultDeny ? [] : ["what no policy matches is let through"]),
      ...(gate.failClosed
        ? []
        : ["an irreversible call does not stop when it cannot be decided or recorded"]),
      ...(gate.feedMaxAgeSeconds <= numberLimit(limits, "feed_max_age_s")
        ? []
        : ["a gate without news of revocations goes on for too long"]),
    ];
    const violations = says.map((one) => ({ says: one }));
    return { population: 3, decided: 3, violations, violationsInAll: says.length, evidence: [] };
  },
});
