import type { LeafDraft } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { newId, recordSupportCase } from "@narrowgate/testkit/bundle";
import { expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import { verifyBundle } from "../verify-bundle.ts";

const engine = createNodeEngine();

/** What is found of a case whose file server was registered with a response rule. */
async function foundWith(
  when: object,
  label: object = { untrusted: true },
  tool?: string,
): Promise<string[]> {
  const rule = { when, label, ...(tool === undefined ? {} : { tool }) };
  const edit = (step: string, draft: LeafDraft): LeafDraft => {
    if (step !== "registry/files") return draft;
    const { document } = { ...draft.content };
    return { ...draft, content: { document: Object.assign({}, document, { responseRules: [rule] }) } };
  };
  const story = recordSupportCase(engine, { calls: 1, edit });
  const report = await verifyBundle(await story.log.export(story.txn), {
    crypto: nodeCrypto(),
    engine,
    trust: story.trust(),
  });
  return report.failures.map(({ rule: failed, message }) => `${failed} ${message}`);
}

/** What every answer is like. */
const EVERY = { schema: { required: ["content"] } };
const MISSING = "E-29 no leaf says what an answer holds by the rules of its server";

test("an answer that a rule of its server speaks of needs a label on record", async () => {
  expect(await foundWith(EVERY)).toEqual([MISSING]);
  expect(await foundWith(EVERY, { dataClass: "restricted" })).toEqual([MISSING]);
});

test("one that no rule speaks of needs none", async () => {
  expect(await foundWith({ pattern: `^${newId()}$` })).toEqual([]);
  expect(await foundWith(EVERY, { untrusted: true }, "another_tool")).toEqual([]);
});
