import { type GateProfile, parseGateProfile } from "@narrowgate/contracts";
import foundationJson from "./foundation.json" with { type: "json" };
import fullJson from "./full.json" with { type: "json" };

/**
 * Controls whose subject exists in this version, and the drills that can be made to happen; but EVD-06, which no log of a
 * day can establish.
 */
export const foundation: GateProfile = parseGateProfile(foundationJson);

/** All controls and all drills at the loads of the catalogue; only this one may speak of *production-ready*. */
export const full: GateProfile = parseGateProfile(fullJson);
