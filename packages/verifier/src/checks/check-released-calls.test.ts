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

test("a token does not escape that by keeping back what was signed", async () => {
  const undisclosed = (draft: LeafDraft): LeafDraft => {
    const { proof: _, ...rest } = inProduction(draft);
    return draft.type === "token" ? rest : inProduction(draft);
  };
  expect(await failuresOf((_, draft) => undisclosed(draft))).toContain(
    "R-10 a token was minted while no release of its agent was in force",
  );
  expect(await failuresOf((_, draft) => nameless(undisclosed(draft)))).toContain(
    "R-10 the leaf of an agent's token does not name the agent",
  );
});

test("outside production too a token whose leaf names no agent would be held to no registered ceiling", async () => {
  expect(await failuresOf((_, draft) => nameless(draft))).toContain("E-18 the token is no agent's");
  expect(await failuresOf((_, draft) => draft)).toEqual([]);
});

/** The first call, without one member of its leaf. */
const without =
  (member: "token" | "agent") =>
  (step: string, draft: LeafDraft): LeafDraft => {
    if (step !== "call/0") return draft;
    const { [member]: _, ...body } = draft.body;
    const { agent: __, ...rest } = draft;
    return member === "token" ? { ...draft, body } : rest;
  };

test("a call that names no token, or no agent, was permitted to nobody: it would be held against nothing", async () => {
  expect(await failuresOf(without("token"))).toContain(
    "E-14 a call was permitted on no token of its transaction",
  );
  expect(await failuresOf(without("agent"))).toContain(
    "E-14 a call was permitted to another agent than the token's",
  );
});
