import { parseLeaf } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { controls } from "../controls/all.ts";
import { createFold, type Fold } from "./create-fold.ts";

const digest = randomId(32);
const writer = randomId();
const minute = 60_000;

function newFold(): Fold {
  return createFold(controls, { evaluator: digest, catalogue: digest, origin: "log", limits: {} });
}

/** One task, from its mandate to its end, a minute after the one before; its mandate is revoked with its end. */
function takeTask(fold: Fold, i: number): void {
  const agent = writer;
  const [mandate, mint, token, call] = [randomId(), randomId(), randomId(32), randomId()];
  const at = 1_700_000_000_000 + i * minute;
  const opened = { basis: "operator", digest, expires: at + minute, idle_s: 60, mandate, subject: writer };
  const permit = { feed: i, mandate, policy: digest, procedure: digest, verdict: "permit" };
  const bodies = [
    { type: "mandate", body: { ...opened, action: "opened" } },
    { type: "decision", id: mint, body: { ...permit, action: "mint", use: randomId(32) } },
    {
      type: "token",
      body: {
        decision: mint,
        digest,
        epochs: [[`mandate:${mandate}`, 0]],
        expires_s: Math.floor(at / 1000) + 60,
        jkt: digest,
        mode: "root",
        token,
      },
    },
    { type: "decision", id: call, body: { ...permit, action: "call", token, use: randomId(32) } },
    { type: "dispatch", body: { decision: call, digest, server: writer } },
    { type: "outcome", body: { decision: call, held_ms: 1, status: "ok" } },
    { type: "mandate", body: { ...opened, action: "closed" } },
    { type: "revocation", body: { by: "system", epoch: 1, feed: i + 1, id: mandate, kind: "mandate" } },
  ];
  for (const { type, body, id = randomId() } of bodies) {
    const index = fold.size;
    const link = { prev: digest, seq: index + 1 };
    const leaf = parseLeaf({
      agent: { id: agent, ...link },
      at,
      body,
      id,
      txn: { id: `${mandate}.${mandate}`, ...link },
      type,
      v: 1,
      writer: { id: writer, ...link },
    });
    fold.take({ leaf, index }, () => undefined);
  }
}

test("what a fold holds follows the last hour, not all that ever happened", () => {
  const fold = newFold();
  const sizes: number[] = [];
  for (let i = 0; i < 720; i++) {
    takeTask(fold, i);
    if (i % 180 === 179) {
      const { epochs, tokens, mandates, decisions, forget } = fold.known;
      const held = [epochs, tokens, mandates, decisions].map((one) => Object.keys(one).length);
      sizes.push(Math.max(...held), forget.soon.at.length - forget.soon.head);
    }
  }
  expect(sizes[0]).toBeGreaterThan(50);
  expect(Math.max(...sizes)).toBeLessThan(62 * 5);
  expect(sizes.slice(2, 4)).toEqual(sizes.slice(6, 8));
});
