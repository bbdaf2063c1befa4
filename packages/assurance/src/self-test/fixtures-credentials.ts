import { toBase64url, utf8 } from "@narrowgate/kernel";
import { jktOf } from "./cast.ts";
import { atStep, type ControlFixtures, withBody } from "./fixture-edits.ts";
import { STORY_BEGINS } from "./story.ts";

const elsewhere = `${toBase64url(utf8("{}"))}.${toBase64url(utf8('{"ng":{"env":"dev"}}'))}`;

/** CRD: keys and tokens. */
export const credentials: { readonly [control: string]: ControlFixtures } = {
  "CRD-01": { fails: withBody("token child", { jkt: jktOf("triage") }) },
  "CRD-02": {
    fails: { edit: atStep("token root", (draft) => ({ ...draft, proof: { signing_input: elsewhere } })) },
  },
  "CRD-03": { fails: withBody("decide read", { use: undefined }) },
  "CRD-04": { fails: withBody("token root", { expires_s: STORY_BEGINS / 1000 + 7200 }) },
};
