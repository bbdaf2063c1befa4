import { cast } from "./cast.ts";
import { atStep, type ControlFixtures, inWorld, withBody } from "./fixture-edits.ts";
import { agentDocument, registration, tellToken } from "./normal-life.ts";

/** IDN: who acts, and who stands behind it. */
export const identity: { readonly [control: string]: ControlFixtures } = {
  "IDN-01": { fails: { edit: atStep("agent", () => undefined) } },
  "IDN-02": { fails: inWorld((world) => ({ ...world, agent: { ...world.agent, deputy: cast.owner } })) },
  "IDN-03": { fails: withBody("token root", { epochs: [["all:all", 0]] }) },
  "IDN-05": {
    fails: {
      more: (story) => tellToken(story, { name: "afterwards", agent: cast.helper, tools: ["read_text"] }),
    },
    passes: {
      more: (story) =>
        story.tell(
          "retired again",
          registration("agent", cast.helper, agentDocument("fetcher", []), "retired"),
        ),
    },
  },
};
