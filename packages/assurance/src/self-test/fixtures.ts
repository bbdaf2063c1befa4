import { type Fixture, fixture } from "./fixture.ts";
import type { ControlFixtures } from "./fixture-edits.ts";
import { contain } from "./fixtures-contain.ts";
import { credentials } from "./fixtures-credentials.ts";
import { decisions } from "./fixtures-decisions.ts";
import { delegation } from "./fixtures-delegation.ts";
import { identity } from "./fixtures-identity.ts";
import { records } from "./fixtures-records.ts";
import { releases } from "./fixtures-releases.ts";

const all: { readonly [control: string]: ControlFixtures } = {
  ...identity,
  ...credentials,
  ...delegation,
  ...decisions,
  ...records,
  ...contain,
  ...releases,
};

/** The fixtures of a control that can fail; undefined for one that finds nothing, for its subject does not exist. */
export function fixturesOf(
  control: string,
): { readonly fails: Fixture; readonly passes: Fixture } | undefined {
  const told = all[control];
  return told === undefined ? undefined : { fails: fixture(told.fails), passes: fixture(told.passes) };
}
