import type { JsonObject } from "@narrowgate/kernel";
import type { RetentionFacts, World } from "../fold/world.ts";
import type { FixtureOptions } from "./fixture.ts";
import type { StoryDraft, StoryEdit } from "./story.ts";

/** What of a normal life must turn a control red, and what turns it green where a normal life is not enough. */
export type ControlFixtures = { readonly fails: FixtureOptions; readonly passes?: FixtureOptions };

/** Changes one step of a story; undefined leaves the step out. */
export function atStep(name: string, change: (draft: StoryDraft) => StoryDraft | undefined): StoryEdit {
  return (step, draft) => (step === name ? change(draft) : draft);
}

/** Changes members of the body of one step; undefined takes a member away. */
export function withBody(
  name: string,
  members: { readonly [member: string]: JsonObject[string] | undefined },
): FixtureOptions {
  return {
    edit: atStep(name, (draft) => {
      const changed = Object.entries({ ...draft.body, ...members }).filter(
        ([, value]) => value !== undefined,
      );
      return { ...draft, body: Object.fromEntries(changed) as JsonObject };
    }),
  };
}

/** Changes one input of a decision; undefined takes it away. */
export function withInput(name: string, path: string, value: JsonObject[string] | undefined): FixtureOptions {
  return {
    edit: atStep(name, (draft) => {
      const others = (draft.inputs ?? []).filter((item) => item.path !== path);
      return {
        ...draft,
        inputs: value === undefined ? others : [...others, { from: { by: "gate" }, path, value }],
      };
    }),
  };
}

/** Changes the plane beside the story. */
export function inWorld(change: (world: World) => World): FixtureOptions {
  return { world: change };
}

/** Changes what came of fetching records back. */
export function withRetention(change: Partial<RetentionFacts>): FixtureOptions {
  return inWorld(({ retention, ...world }) =>
    retention === undefined ? world : { ...world, retention: { ...retention, ...change } },
  );
}
