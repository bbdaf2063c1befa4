import type { LeafDraft } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { newId, recordSupportCase } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();

/** The last lines of a case in which the two leaves before its closing are others. */
async function endOf(edits: {
  readonly first: (mandate: LeafDraft) => LeafDraft;
  readonly second: (mandate: LeafDraft) => LeafDraft;
}): Promise<readonly string[]> {
  let mandate: LeafDraft | undefined;
  const { log, txn, trust } = recordSupportCase(engine, {
    edit(step, draft) {
      if (step === "mandate") mandate = draft;
      if (mandate === undefined) return draft;
      return step === "revocation"
        ? edits.first(mandate)
        : step === "call/revoked"
          ? edits.second(mandate)
          : draft;
    },
  });
  const options = { crypto: nodeCrypto(), engine, trust: trust() };
  const { story } = await verifyBundle(await log.export(txn), options);
  return story.slice(-3, -1).map(({ text }) => text.join(" "));
}

function over(action: "closed" | "expired"): (mandate: LeafDraft) => LeafDraft {
  return ({ txn, agent, body }) => {
    const { idle_s: _, ...rest } = body;
    return { type: "mandate", ...(txn && { txn }), ...(agent && { agent }), body: { ...rest, action } };
  };
}

function revoked(by: "owner" | "system", kind: "mandate" | "agent" = "mandate") {
  return ({ txn, body }: LeafDraft): LeafDraft => ({
    type: "revocation",
    ...(txn && { txn }),
    body: { feed: 1, kind, id: kind === "mandate" ? (body["mandate"] ?? "") : newId(), epoch: 1, by },
    content: { reason: "over" },
  });
}

describe("the story of a task that ended as tasks do", () => {
  test("says so, and that what was given under its mandate ended with it", async () => {
    expect(await endOf({ first: over("closed"), second: revoked("owner") })).toEqual([
      "the task ended: its mandate was closed",
      "with it ended all that was given under that mandate (by owner, position 1 of the feed)",
    ]);
  });

  test("says that nobody ended it, where its time was over", async () => {
    expect(await endOf({ first: over("expired"), second: revoked("system") })).toEqual([
      "the task ended: its mandate expired, or lay unused for too long",
      "with it ended all that was given under that mandate (by system, position 1 of the feed)",
    ]);
  });
});

describe("a revocation that does not stand right behind the end of its mandate", () => {
  test.each([
    ["before it", { first: revoked("owner"), second: over("closed") }, 0],
    ["of something else", { first: over("closed"), second: revoked("system", "agent") }, 1],
  ] as const)("is called one: %s", async (_, edits, at) => {
    expect((await endOf(edits))[at]).toMatch(/^(?:mandate|agent) revoked by (?:owner|system), position 1/);
  });
});

describe("a revocation that is in the bundle of a transaction", () => {
  /** How the story of a case tells its revocation, which stands before its last decision. */
  async function toldAs(edit: (draft: LeafDraft) => LeafDraft): Promise<string | undefined> {
    const { log, txn, trust } = recordSupportCase(engine, {
      operator: true,
      edit: (step, draft) => (step === "revocation" ? edit(draft) : draft),
    });
    const options = { crypto: nodeCrypto(), engine, trust: trust() };
    const { story, verdict } = await verifyBundle(await log.export(txn), options);
    expect(verdict).toBe("verified");
    return story.find(({ kind }) => kind === "revocation")?.text.join(" ");
  }

  test("and ended the mandate of another is not told as this one's", async () => {
    const id = newId();
    const text = await toldAs(() => ({
      type: "revocation",
      txn: `${newId()}.${newId()}`,
      body: { feed: 1, kind: "mandate", id, epoch: 1, by: "owner" },
      content: { reason: "mandate closed" },
    }));
    expect(text).toBe(
      `another mandate (${id}) ended, by owner, position 1 of the feed (of nothing this transaction rests on)`,
    );
  });

  test("and hit nothing here is told with that", async () => {
    expect(await toldAs((draft) => ({ ...draft, body: { ...draft.body, id: newId() } }))).toMatch(
      /^agent revoked by operator, position 1 of the feed \(of nothing/,
    );
  });

  test("and hit what it rests on is told, and its name as the gate's own word", async () => {
    const text = await toldAs((draft) => ({ ...draft, content: { ...draft.content, name: "triage" } }));
    expect(text).toBe(
      "agent revoked by operator, position 1 of the feed: what rested on it ended (the gate names it triage)",
    );
  });
});

test("that a question to people was withdrawn is told with what that can mean", async () => {
  let asked: LeafDraft | undefined;
  const { log, txn } = recordSupportCase(engine, {
    approved: true,
    edit(step, draft) {
      if (step === "requested") asked = draft;
      if (step !== "approved" || asked === undefined) return draft;
      const { approval = "", digest = "" } = asked.body;
      const body = { action: "withdrawn", approval, kind: "call", digest };
      return { type: "approval", ...(draft.txn && { txn: draft.txn }), body };
    },
  });
  const { story } = await verifyBundle(await log.export(txn), { crypto: nodeCrypto(), engine });
  expect(story.filter(({ kind }) => kind === "approval").at(-1)?.text).toEqual([
    "approval withdrawn: the task ended, what it rested on was revoked, or the call was made without it",
  ]);
});
