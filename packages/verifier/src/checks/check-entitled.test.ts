import type { LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type CaseOptions, recordSupportCase } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();
const crypto = nodeCrypto();
const issuer = "https://idp.example";

const authority: JsonObject = {
  scope: ["files:read", "files:write"],
  resource: ["https://gate.example/mcp/files"],
  authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read_text_file", "write_file"] }],
};
const staff: JsonObject = { group: "staff", issuer, authority };

async function faults(
  rules: readonly JsonObject[],
  { groups = ["staff"], ...more }: CaseOptions & { readonly groups?: readonly string[] } = {},
): Promise<readonly string[]> {
  const own = recordSupportCase(engine, { ...more, entitled: { groups, rules } });
  const report = await verifyBundle(await own.log.export(own.txn), { crypto, engine, trust: own.trust() });
  return report.failures.map(({ rule, message }) => `${rule} ${message}`);
}

const atMandate =
  (change: (content: JsonObject) => JsonObject) =>
  (step: string, draft: LeafDraft): LeafDraft =>
    step === "mandate" && draft.content !== undefined ? { ...draft, content: change(draft.content) } : draft;

describe("what a person hands over", () => {
  test.each([
    ["her group may hand it on", [staff]],
    ["she is named", [{ subject: `${issuer}#ana`, authority }]],
    ["two groups may together", [staff, { group: "other", authority: { ...authority, scope: ["x:y"] } }]],
  ])("is hers to give where %s", async (_, rules) => {
    expect(await faults(rules)).toEqual([]);
  });

  test.each([
    ["nobody of her groups may", [{ ...staff, group: "managers" }]],
    ["the group is another issuer's", [{ ...staff, issuer: "https://other.example" }]],
    ["somebody else is named", [{ subject: `${issuer}#bob`, authority }]],
    ["her group may do less", [{ ...staff, authority: { ...authority, scope: ["files:list"] } }]],
  ])("is more than she may give where %s", async (_, rules) => {
    expect(await faults(rules)).toEqual([expect.stringMatching(/^E-36 the mandate exceeds .* entitled to/)]);
  });

  test("is not widened by groups that her issuer did not state", async () => {
    const edit = atMandate((content) => ({ ...content, groups: ["admins", "staff"] }));
    expect(await faults([staff], { edit })).toContain(
      "E-36 the person's assertion states other groups than are on record",
    );
  });

  test("is not compared with a registration that is not there", async () => {
    const edit = atMandate((content) => ({ ...content, entitlements: "A".repeat(22) }));
    expect(await faults([staff], { edit })).toEqual([
      "E-36 no earlier registration of entitlements is the one it names",
    ]);
  });
});
