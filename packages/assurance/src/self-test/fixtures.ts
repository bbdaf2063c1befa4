import { authorityOver } from "./cast.ts";
import { type Fixture, type FixtureOptions, fixture } from "./fixture.ts";
import type { StoryDraft, StoryEdit } from "./story.ts";
import { idFor } from "./story.ts";

/** Changes one step of a story; undefined leaves the step out. */
export function atStep(name: string, change: (draft: StoryDraft) => StoryDraft | undefined): StoryEdit {
  return (step, draft) => (step === name ? change(draft) : draft);
}

/** What of a normal life must turn each control red, and what turns it green where a normal life is not enough. */
export type ControlFixtures = { readonly fails: FixtureOptions; readonly passes?: FixtureOptions };

const crdFixtures: { readonly [control: string]: ControlFixtures } = {
  "CRD-03": {
    fails: {
      edit: atStep("decide read", (draft) => {
        const { use: _, ...body } = draft.body;
        return { ...draft, body };
      }),
    },
  },
};
const rest: { readonly [control: string]: ControlFixtures } = {
  "DEL-01": {
    fails: {
      edit: atStep("token child", (draft) => ({
        ...draft,
        content: { ...draft.content, granted: authorityOver(["read_text", "drop_table"], 1) },
      })),
    },
  },
  "POL-01": {
    fails: {
      edit: atStep("dispatch read", (draft) => ({
        ...draft,
        body: { ...draft.body, decision: idFor("nothing") },
      })),
    },
  },
};

const all = { ...crdFixtures, ...rest };

/** The fixtures of a control that can fail; undefined for one whose subject does not exist. */
export function fixturesOf(
  control: string,
): { readonly fails: Fixture; readonly passes: Fixture } | undefined {
  const told = all[control];
  return told === undefined ? undefined : { fails: fixture(told.fails), passes: fixture(told.passes) };
}
