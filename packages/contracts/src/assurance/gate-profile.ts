import { canonicalJson, type Sha256, type Sha256Text, toSha256Text, utf8 } from "@narrowgate/kernel";
import { integer, listOf, literal, oneOf, sortedSetOf, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";

/** Names of the profiles that ship, which no other profile may have. Only `full` may use the words *production-ready*. */
export const PROFILE_NAMES = ["foundation", "full"] as const;

/** Load levels of drills. */
export const LOAD_LEVELS = ["L0", "L1", "L2", "L3"] as const;

/** One of {@link LOAD_LEVELS}. */
export type LoadLevel = (typeof LOAD_LEVELS)[number];

/** A drill that must have passed, at this load or above, with at least so many trials. */
export type RequiredDrill = { readonly drill: string; readonly load: LoadLevel; readonly trials: number };

/** Most drills that a profile demands. */
export const MAX_DEMANDED_DRILLS = 256;

/** What a release must show: explicit, named, and itself inside what is signed. @see docs/spec/assurance.md section 4 */
export type GateProfile = {
  readonly format: "narrowgate-gate-profile/1";
  /** One of {@link PROFILE_NAMES}, or an organisation's own. */
  readonly name: string;
  readonly version: number;
  /** Controls that count, sorted. What is not among them is listed as not established. */
  readonly controls: readonly string[];
  readonly drills: readonly RequiredDrill[];
};

/** Name of a profile: lower case, as of an agent. */
export const profileName: Reader<string> = text({ min: 1, max: 64, pattern: /^[a-z][a-z0-9-]*$/ });

const controlId = text({ min: 6, max: 6, pattern: /^[A-Z]{3}-[0-9]{2}$/ });
/** `DR-` and two digits. */
export const drillId: Reader<string> = text({ min: 5, max: 5, pattern: /^DR-[0-9]{2}$/ });

const readProfile: Reader<GateProfile> = shape<GateProfile>({
  format: literal("narrowgate-gate-profile/1"),
  name: profileName,
  version: integer({ min: 1 }),
  controls: sortedSetOf(controlId, { max: 1024 }),
  drills: listOf(
    shape<RequiredDrill>({ drill: drillId, load: oneOf(LOAD_LEVELS), trials: integer({ min: 1 }) }),
    { max: MAX_DEMANDED_DRILLS },
  ),
});

/**
 * Reads a gate profile.
 * @throws NarrowgateError `malformed_input`
 */
export function parseGateProfile(value: unknown): GateProfile {
  return readProfile(value, "");
}

/** Digest of a profile (C-5). */
export function profileDigest(sha256: Sha256, profile: GateProfile): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/gate-profile/v1\n${canonicalJson(profile)}`)));
}
