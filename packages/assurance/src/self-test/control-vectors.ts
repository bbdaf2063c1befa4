import { type ControlVerdict, evaluationDigest, profileDigest } from "@narrowgate/contracts";
import { canonicalJson, sha256 } from "@narrowgate/kernel";
import { catalogue, catalogueDigest } from "../catalogue/catalogue.ts";
import { controls } from "../controls/all.ts";
import { evaluate } from "../fold/evaluate.ts";
import type { World } from "../fold/world.ts";
import { foundation, full } from "../profiles/profiles.ts";
import { type Fixture, fixture, foldFixture } from "./fixture.ts";
import { fixturesOf } from "./fixtures.ts";
import type { StoredEntry } from "./story.ts";

/** An entry, or the index of the same one in the normal life. */
type EntryOrIndex = StoredEntry | number;

/** What a control must say of a log; members of the plane that are as in the normal life are left out. */
type ControlCase = {
  readonly control: string;
  readonly entries: readonly EntryOrIndex[];
  readonly world: Partial<World>;
  readonly verdict: ControlVerdict;
  readonly violations: readonly string[];
};

/** Everything another implementation needs to hold itself against ours. @see docs/spec/assurance.md section 5 */
export type ControlVectors = {
  readonly catalogue: string;
  readonly profiles: { readonly foundation: string; readonly full: string };
  readonly normal: Fixture & {
    readonly verdicts: Readonly<Record<string, ControlVerdict>>;
    readonly evaluation: string;
  };
  readonly fails: readonly ControlCase[];
};

/** Makes the vectors out of the stories. */
export function controlVectors(): ControlVectors {
  const normal = fixture();
  const evaluation = evaluate(foldFixture(controls, normal), catalogue, normal.world, sha256);
  return {
    catalogue: catalogueDigest(sha256, catalogue),
    profiles: { foundation: profileDigest(sha256, foundation), full: profileDigest(sha256, full) },
    normal: {
      ...normal,
      verdicts: Object.fromEntries(evaluation.results.map(({ control, verdict }) => [control, verdict])),
      evaluation: evaluationDigest(sha256, evaluation),
    },
    fails: controls.flatMap(({ id }) => caseOf(id, normal) ?? []),
  };
}

function caseOf(control: string, normal: Fixture): ControlCase | undefined {
  const told = fixturesOf(control)?.fails;
  if (told === undefined) return undefined;
  const { results } = evaluate(foldFixture(controls, told), catalogue, told.world, sha256);
  const result = results.find((one) => one.control === control);
  return {
    control,
    entries: told.entries.map((entry, i) => (isSame(entry, normal.entries[i]) ? i : entry)),
    world: changed(told.world, normal.world),
    verdict: result?.verdict ?? "error",
    violations: (result?.violations ?? []).map(({ says }) => says),
  };
}

function changed(world: World, normal: World): Partial<World> {
  const before = new Map<string, unknown>(Object.entries(normal));
  return Object.fromEntries(
    Object.entries(world).filter(([name, value]) => !isSame(value, before.get(name))),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b);
}

function textOf(value: unknown): string {
  return value === undefined ? "" : canonicalJson(JSON.parse(JSON.stringify(value)));
}
