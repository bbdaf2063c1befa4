import { type ControlFixtures, inWorld } from "./fixture-edits.ts";
import { tellCall } from "./normal-life.ts";

/** CTN: how it is stopped. */
export const contain: { readonly [control: string]: ControlFixtures } = {
  "CTN-01": {
    fails: inWorld((world) => ({
      ...world,
      drills: world.drills.map((one) => ({
        ...one,
        result: { ...one.result, figures: { local_stop_ms: 2500, contained_ms: 900, rollback_ms: 1 } },
      })),
    })),
  },
  "CTN-02": {
    // Every call of a story knows feed 0, and the story ends with a revocation.
    fails: { more: (story) => tellCall(story, { name: "unaware", token: "root", tool: "read_text" }) },
  },
};
