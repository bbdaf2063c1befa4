import type { JsonObject } from "@narrowgate/kernel";
import { objectsAt, textAt } from "../admin/read-answer.ts";

const NO_LATER_ENTRY =
  "  none yet: a range is made of later entries, and the revocation is the newest of the log; repeat this once anything was recorded, be it a refusal or another's work";
const NOTHING_ELSE = "  none: of each entry since then it is recorded that it was accepted";

/**
 * What the server's answer about the time since a containment says, for a person.
 * Trust: `found` is the answer of the operator's own server.
 */
export function quietRangeLines(found: JsonObject): readonly string[] {
  const ranges = objectsAt(found, "ranges").map(
    (range) => `  entries ${textAt(range, "from")} to ${textAt(range, "to")}`,
  );
  const accepted = objectsAt(found, "acceptances").map((entry) => `  entry ${textAt(entry, "index")}`);
  return [
    `revoked at entry ${textAt(found, "revocation")}; the log's head is at ${textAt(found, "head")} entries`,
    "ranges since then over which no acceptance of it is recorded:",
    ...(ranges.length > 0 ? ranges : [accepted.length === 0 ? NO_LATER_ENTRY : NOTHING_ELSE]),
    ...(accepted.length === 0 ? [] : ["recorded acceptances since then:", ...accepted]),
  ];
}
