import type { ControlResult } from "@narrowgate/contracts";
import { sha256 } from "@narrowgate/kernel";
import { catalogue, catalogueDigest } from "../catalogue/catalogue.ts";
import type { Control } from "../fold/control.ts";
import { createFold, type Fold } from "../fold/create-fold.ts";
import { evaluate } from "../fold/evaluate.ts";
import type { Want } from "../fold/seen.ts";
import type { World } from "../fold/world.ts";
import { cast } from "./cast.ts";
import { normalLife, type StoryOptions } from "./normal-life.ts";
import { normalWorld } from "./normal-world.ts";
import { digestFor, type StoredEntry, Story } from "./story.ts";

/** A log and a plane for which a control's verdict is known. */
export type Fixture = { readonly entries: readonly StoredEntry[]; readonly world: World };

/** How a fixture differs from a normal life. */
export type FixtureOptions = StoryOptions & { readonly world?: (world: World) => World };

/** A normal life, changed. */
export function fixture(options: FixtureOptions = {}): Fixture {
  const { entries, now } = normalLife(options);
  const world = normalWorld(now + 1000, entries.length);
  return { entries, world: options.world?.(world) ?? world };
}

/** A log in which nothing has happened, and a plane that says nothing. */
export function emptyFixture(): Fixture {
  const story = new Story();
  story.tell("genesis", {
    type: "genesis",
    body: { origin_digest: digestFor(cast.origin), environment: "prod", log_key: digestFor("log key") },
  });
  const {
    replay: _r,
    heads: _h,
    retention: _t,
    gate: _g,
    selfTest: _s,
    ...world
  } = normalWorld(story.now + 1000, 1);
  return { entries: story.entries, world: { ...world, drills: [] } };
}

const nobody = digestFor("no evaluator");

/** Folds a fixture with some controls. */
export function foldFixture(controls: readonly Control[], { entries, world }: Fixture): Fold {
  const key = {
    evaluator: nobody,
    catalogue: catalogueDigest(sha256, catalogue),
    origin: world.log.origin,
    limits: {},
  };
  const fold = createFold(controls, key);
  for (const [index, { leaf }] of entries.entries()) {
    const opened = new Map(fold.wants({ leaf, index }).map((want) => [keyOf(want), openFrom(entries, want)]));
    fold.take({ leaf, index }, (want) => opened.get(keyOf(want)));
  }
  return fold;
}

function keyOf({ id, part }: Want): string {
  return `${id}/${part}`;
}

function openFrom(entries: readonly StoredEntry[], { id, index, part }: Want): unknown {
  const entry = entries[index];
  return entry?.leaf.id === id ? entry.openings[part] : undefined;
}

/** What all controls say of a fixture, by control id. */
export function judgeFixture(
  controls: readonly Control[],
  told: Fixture,
): ReadonlyMap<string, ControlResult> {
  const { results } = evaluate(foldFixture(controls, told), catalogue, told.world, sha256);
  return new Map(results.map((result) => [result.control, result]));
}
