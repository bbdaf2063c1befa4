import type { LeafDraft } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();

async function failuresOf(edit: (step: string, draft: LeafDraft) => LeafDraft): Promise<readonly string[]> {
  const recorded = recordSupportCase(engine, { edit });
  const bytes = await recorded.log.export(recorded.txn);
  const { failures } = await verifyBundle(bytes, { trust: recorded.trust(), crypto: nodeCrypto(), engine });
  return failures.map(({ rule, message }) => `${rule} ${message}`);
}

const inProduction = (draft: LeafDraft): LeafDraft =>
  draft.type === "genesis" ? { ...draft, body: { ...draft.body, environment: "prod" } } : draft;

/** The leaf of a token that does not say whose it is. */
function nameless(draft: LeafDraft): LeafDraft {
  const { agent: _, ...rest } = draft;
  return draft.type === "token" ? rest : draft;
}

test("in production each token names the release in force, and what was called stands in it", async () => {
  const failures = await failuresOf((_, draft) => inProduction(draft));
  expect(failures).toContain("R-10 a token was minted while no release of its agent was in force");
  expect(failures).toContain("R-10 a call was permitted under no release that was in force");
});

test("a token does not escape that by a leaf that names no agent", async () => {
  const failures = await failuresOf((_, draft) => nameless(inProduction(draft)));
  expect(failures).toContain("R-10 the leaf of an agent's token does not name the agent");
  expect(failures).toContain("R-10 a call was permitted under no release that was in force");
});

test("outside production too a token whose leaf names no agent would be held to no registered ceiling", async () => {
  expect(await failuresOf((_, draft) => nameless(draft))).toContain("E-18 the token is no agent's");
  expect(await failuresOf((_, draft) => draft)).toEqual([]);
});
