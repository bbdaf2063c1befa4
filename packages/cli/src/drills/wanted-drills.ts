import { foundation, full } from "@narrowgate/assurance";
import { type GateProfile, LOAD_LEVELS, type LoadLevel } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { textAt } from "../admin/read-answer.ts";
import type { Call } from "../command.ts";

/** One drill as the driver is asked for it. */
export type WantedDrill = { readonly drill: string; readonly load: LoadLevel; readonly trials?: number };

/** What of a call says which drills. */
type Asked = Pick<Call, "argument" | "text">;

/** Sets of drills: the gate profile that demands them with loads and trials; none for `ci`, which demands nothing. */
const PROFILES: Readonly<Record<string, GateProfile | undefined>> = {
  ci: undefined,
  foundation,
  scale: full,
};

function profileOf(call: Asked): string | undefined {
  const name = call.text("profile");
  if (name === undefined || Object.hasOwn(PROFILES, name)) return name;
  throw new NarrowgateError("usage", `--profile is one of ${Object.keys(PROFILES).join(", ")}`);
}

function isLoad(word: string): word is LoadLevel {
  return LOAD_LEVELS.some((load) => load === word);
}

function loadOf(call: Asked): LoadLevel | undefined {
  const word = call.text("load");
  if (word === undefined || isLoad(word)) return word;
  throw new NarrowgateError("usage", `--load is one of ${LOAD_LEVELS.join(", ")}`);
}

/** What a gate profile demands of this driver, with its loads and trials. */
function demanded({ drills }: GateProfile, known: readonly string[]): readonly WantedDrill[] {
  return drills.filter(({ drill }) => known.includes(drill));
}

/**
 * Which drills are to run, and how.
 * @param listed - what the driver has
 * @throws NarrowgateError `usage`, `not_found`
 */
export function wantedDrills(call: Asked, listed: readonly JsonObject[]): readonly WantedDrill[] {
  const [profile, load] = [profileOf(call), loadOf(call)];
  const known = listed.map((drill) => textAt(drill, "id"));
  const name = call.argument(0).toUpperCase();
  if (name !== "" && profile !== undefined)
    throw new NarrowgateError("usage", "name a drill or a profile, not both");
  if (name !== "" && !known.includes(name))
    throw new NarrowgateError("not_found", "there is no such drill; `narrowgate drill list` has them");
  if (name !== "") return [{ drill: name, load: load ?? "L1" }];
  const gate = PROFILES[profile ?? "ci"];
  if (gate !== undefined && load !== undefined)
    throw new NarrowgateError("usage", `the profile ${profile} has loads of its own; --load is for ci`);
  if (gate !== undefined) return demanded(gate, known);
  const short = listed.filter((drill) => drill.profile === undefined).map((drill) => textAt(drill, "id"));
  return short.map((drill) => ({ drill, load: load ?? "L1" }));
}
