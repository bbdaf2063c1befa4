import { manualClock } from "@narrowgate/kernel";
import { type CompiledPolicies, compilePolicies } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { type RecordedTransaction, readRecordedTransaction } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { beforeAll, describe, expect, test } from "vitest";
import { createShadow, MAX_SAMPLES, MAX_WAITING } from "./shadow.ts";

const engine = createNodeEngine();
const STOP = '@id("stop") forbid(principal, action == Action::"call_tool", resource);';

describe("a candidate in the shadow", () => {
  let recorded: RecordedTransaction;
  beforeAll(async () => {
    const made = recordSupportCase(engine, { calls: 2 });
    recorded = readRecordedTransaction(nodeCrypto().sha256, await made.log.export(made.txn));
  });

  function candidate(more = ""): CompiledPolicies {
    const { files = [], schema = "" } = recorded.policies ?? {};
    const outcome = compilePolicies(engine, {
      files: [...files, { name: "more.cedar", text: more }],
      schema,
    });
    if (outcome.kind === "rejected") expect.fail(JSON.stringify(outcome.problems));
    return outcome.policies;
  }

  function make() {
    const turns: (() => void)[] = [];
    const shadow = createShadow({ clock: manualClock(5), later: (run) => turns.push(run) });
    const settle = (): void => {
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
    };
    const offer = (times = 1): void => {
      for (let i = 0; i < times; i++) for (const decision of recorded.decisions) shadow.offer(() => decision);
    };
    return { shadow, settle, offer };
  }

  test("judges nothing in the turn of the decision, and all of it later", () => {
    const { shadow, settle, offer } = make();
    shadow.put(candidate(STOP));
    offer();
    expect(shadow.status()).toMatchObject({ state: "on", sinceMs: 5, counts: { judged: 0 }, samples: [] });
    settle();
    const status = shadow.status();
    if (status.state === "off") expect.unreachable();
    expect(status.counts.judged).toBe(recorded.decisions.length);
    expect(status.counts.changed).toBeGreaterThan(1);
    expect(status.samples[0]?.after).toMatchObject({ code: "policy_denied", policies: ["stop"] });
  });

  test("keeps the same policies silent, and bounds what waits and what is kept", () => {
    const { shadow, settle, offer } = make();
    shadow.put(candidate());
    offer();
    settle();
    expect(shadow.status()).toMatchObject({ counts: { changed: 0 }, samples: [] });
    shadow.put(candidate(STOP));
    offer(MAX_WAITING);
    expect(shadow.status()).toMatchObject({ waiting: MAX_WAITING });
    settle();
    const status = shadow.status();
    if (status.state === "off") expect.unreachable();
    expect(status.counts.judged + status.dropped).toBe(MAX_WAITING * recorded.decisions.length);
    expect(status.samples).toHaveLength(MAX_SAMPLES);
  });

  test("counts what it cannot be asked as a difference", () => {
    const { shadow, settle } = make();
    shadow.put(candidate());
    shadow.offer(() => ({ txn: "t", atMs: 1, verdict: "permit", policies: [], requires: [], inputs: [] }));
    settle();
    expect(shadow.status()).toMatchObject({ samples: [{ after: { failed: "malformed_input" } }] });
  });

  test("hears nothing once it is off, and forgets what waited", () => {
    const { shadow, settle, offer } = make();
    offer();
    expect(shadow.status()).toEqual({ state: "off" });
    shadow.put(candidate(STOP));
    offer();
    shadow.off();
    settle();
    expect(shadow.status()).toEqual({ state: "off" });
  });
});
