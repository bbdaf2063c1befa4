import { type Control, numberLimit } from "../../fold/control.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";
import { missBound } from "../../fold/sample.ts";

/** EVD-01: decisions that were decided again from the record came out the same. */
export const evd01: Control = worldControl({
  id: "EVD-01",
  of: "decisions that were replayed: all on sensitive operations, and a sample of the others",
  limits: { replay_age_s: 86_400 },
  vantage: [
    "The replay ran beside the gate, with the verifier's code and the keys that open sealed parts: whoever runs both can forge its figures. A proof bundle of any transaction can be verified elsewhere.",
  ],
  judge({ world: { replay, at }, limits }) {
    if (replay === undefined)
      return { ...nothingFound(), unmet: "no replay of recorded decisions was handed in" };
    const population = replay.sensitive + replay.sampled;
    const isOld = at - replay.at > numberLimit(limits, "replay_age_s") * 1000;
    return {
      population,
      decided: population - replay.missing,
      violations: replay.failed,
      violationsInAll: replay.failed.length,
      evidence: [],
      parameters: {
        sensitive: replay.sensitive,
        sampled: replay.sampled,
        miss_bound: missBound(replay.sampled),
      },
      ...(isOld ? { stale: "the last replay is too old" } : {}),
    };
  },
});
