import { cast } from "./cast.ts";
import {
  atStep,
  type ControlFixtures,
  inWorld,
  withBody,
  withInput,
  withRetention,
} from "./fixture-edits.ts";
import { callInputs } from "./normal-life.ts";
import { idFor } from "./story.ts";

const arguments_ = { api_key: "sk-0123456789abcdef0123456789" };

/** EVD and TSC: what is recorded, and what is called. */
export const records: { readonly [control: string]: ControlFixtures } = {
  "EVD-01": {
    fails: inWorld((world) => ({
      ...world,
      replay: {
        at: world.at,
        sensitive: 1,
        sampled: 0,
        missing: 0,
        failed: [{ entry: idFor("decide send"), says: "the verdict came out otherwise" }],
      },
    })),
  },
  "EVD-02": {
    fails: inWorld((world) => ({
      ...world,
      heads: {
        checked: 1,
        inconsistent: ["the head of size 12 is not in the head of size 40"],
        included: 0,
        missing: [],
        witnesses: 2,
        threshold: 1,
        cosignedAt: world.at,
      },
    })),
  },
  "EVD-03": { fails: { edit: atStep("decide read", () => undefined) } },
  "EVD-05": {
    fails: {
      edit: atStep("decide read", (draft) => ({
        ...draft,
        content: { ...draft.content, request: { method: "tools/call", arguments: arguments_ } },
      })),
    },
  },
  "EVD-06": {
    fails: withRetention({
      failed: [{ entry: idFor("decide read"), says: "content is not there, and no erasure says why" }],
    }),
  },
  "TSC-01": { fails: withInput("decide read", "/pin/current", "another definition") },
  "TSC-02": { fails: withBody("dispatch read", { server: idFor("another server") }) },
  "TSC-05": {
    fails: {
      edit: atStep("decide send", (draft) => ({
        ...draft,
        inputs: callInputs({ tool: "send_money", untrusted: true }, cast.agent),
      })),
    },
  },
};
