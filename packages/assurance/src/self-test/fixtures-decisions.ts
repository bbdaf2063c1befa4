import { cast, jktOf } from "./cast.ts";
import { atStep, type ControlFixtures, inWorld, withBody, withInput } from "./fixture-edits.ts";
import { tellCall } from "./normal-life.ts";
import { digestFor, idFor } from "./story.ts";

const dayMs = 86_400_000;

/** POL and APR: what is decided, and what people approve. */
export const decisions: { readonly [control: string]: ControlFixtures } = {
  "POL-01": { fails: withBody("dispatch read", { decision: idFor("nothing") }) },
  "POL-02": {
    fails: inWorld((world) => ({
      ...world,
      gate: { defaultDeny: false, failClosed: true, feedMaxAgeSeconds: 30, foreignKeys: [] },
    })),
  },
  "POL-03": { fails: withBody("policy", { previous: digestFor("another policy") }) },
  "POL-04": {
    // What is used while the story lasts is used long ago when the plane is looked at.
    fails: inWorld((world) => ({
      ...world,
      at: world.at + 31 * dayMs,
      window: { from: world.at, to: world.at + 31 * dayMs },
    })),
  },
  "POL-05": { fails: { edit: atStep("dispatch read", (draft) => ({ ...draft, after: 11_000 })) } },
  "POL-06": { fails: withBody("attestation", { jkt: jktOf("ada") }) },
  "APR-01": { fails: withInput("decide send", "/approvals", undefined) },
  "APR-02": { fails: withBody("approved", { person: cast.owner, credential: digestFor("passkey owner") }) },
  "APR-03": {
    fails: {
      more: (story) =>
        tellCall(story, {
          name: "send again",
          token: "root",
          tool: "send_money",
          approvals: [{ entry: idFor("approved"), requirement: "approver#1" }],
        }),
    },
  },
};
