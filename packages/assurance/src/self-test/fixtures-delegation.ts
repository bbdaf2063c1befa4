import { toBase64url, utf8 } from "@narrowgate/kernel";
import { authorityOver, cast } from "./cast.ts";
import { atStep, type ControlFixtures, withBody } from "./fixture-edits.ts";
import { agentDocument, mandateDocument, tellCall } from "./normal-life.ts";
import { idFor } from "./story.ts";

const claims = { sub_profile: "user", act: { iss: cast.issuer, sub: "somebody" } };
const forged = `${toBase64url(utf8("{}"))}.${toBase64url(utf8(JSON.stringify(claims)))}`;

/** DEL: what is handed on. */
export const delegation: { readonly [control: string]: ControlFixtures } = {
  "DEL-01": {
    fails: {
      edit: atStep("token child", (draft) => {
        const granted = authorityOver(["read_text", "drop_table"], 1);
        return { ...draft, content: { ...draft.content, granted } };
      }),
    },
  },
  "DEL-02": {
    fails: { edit: atStep("token root", (draft) => ({ ...draft, proof: { signing_input: forged } })) },
  },
  "DEL-03": {
    fails: {
      edit: atStep("agent", (draft) => ({ ...draft, content: { document: agentDocument("triage", []) } })),
    },
  },
  "DEL-04": { fails: withBody("dispatch write", { server: idFor("another server") }) },
  "DEL-05": {
    fails: {
      edit: atStep("mandate", (draft) => {
        const document = { ...mandateDocument(), authority: authorityOver(["read_text", "drop_table"]) };
        return { ...draft, content: { ...draft.content, document } };
      }),
    },
  },
  "DEL-06": {
    fails: {
      more: (story) => tellCall(story, { name: "late", token: "root", tool: "read_text", after: 10_000 }),
    },
  },
};
