import type { LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type CaseOptions, JwtKey, newId, recordSupportCase } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import type { Report } from "../report.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();
const crypto = nodeCrypto();

async function verify(options: CaseOptions): Promise<Report> {
  const own = recordSupportCase(engine, { operator: true, calls: 1, ...options });
  return verifyBundle(await own.log.export(own.txn), { crypto, engine, trust: own.trust() });
}

function signedKinds({ story }: Report): readonly string[] {
  return story.filter(({ by }) => by === "operator Ada").map(({ kind }) => kind);
}

const edit =
  (at: string, change: (draft: LeafDraft) => LeafDraft) =>
  (step: string, draft: LeafDraft): LeafDraft =>
    step === at ? change(draft) : draft;

describe("what an operator signed", () => {
  test("is reported as signed by that operator", async () => {
    const report = await verify({});
    expect(report.failures).toEqual([]);
    expect(report.verdict).toBe("verified");
    expect(signedKinds(report)).toEqual([
      "operator",
      "registry",
      "registry",
      "registry",
      "policy",
      "revocation",
    ]);
  });

  test("is not said to be signed where the operator's key is not disclosed", async () => {
    const withoutKey = edit("operator", (draft) => ({ ...draft, content: { name: "Ada" } }));
    const report = await verify({ edit: withoutKey });
    expect(report.verdict).toBe("verified");
    expect(signedKinds(report)).toEqual([]);
    expect(report.story.find(({ kind }) => kind === "revocation")?.text.join(" ")).toContain("not disclosed");
  });

  const stranger = new JwtKey();
  const claims = (change: JsonObject): CaseOptions => ({
    editRequest: (step, made) => (step === "policy" ? { ...made, ...change } : made),
  });
  const lies: Record<string, CaseOptions> = {
    "signed with another key": {
      edit: edit("policy", (draft) => ({
        ...draft,
        proof: {
          request: String(draft.proof?.request).replace(
            /[^.]*$/,
            stranger.signInput("a.b").split(".")[2] ?? "",
          ),
        },
      })),
    },
    "no request at all": { edit: edit("policy", (draft) => ({ ...draft, proof: { request: "x" } })) },
    "another operator named": {
      edit: edit("policy", (draft) => ({ ...draft, body: { ...draft.body, operator: newId() } })),
    },
    "signed for another instance": claims({ aud: "https://staging.example" }),
    "signed an hour before": claims({ iat: 1_794_996_400 }),
    "signed a minute later": claims({ iat: 1_795_000_060 }),
    "a claim too many": claims({ exp: 1_795_000_300 }),
    "a key of another thumbprint": {
      edit: edit("operator", (draft) => ({ ...draft, content: { ...draft.content, jwk: stranger.jwk } })),
    },
  };

  test.each(Object.entries(lies))("fails E-27: %s", async (_, options) => {
    expect((await verify(options)).failures.map(({ rule }) => rule)).toContain("E-27");
  });
});
