import { randomId } from "@narrowgate/kernel";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Store } from "../platform/store/store.ts";
import { auditLog } from "./audit/audit-log.ts";
import { closing, decision, dispatch, mandate, outcome, revocation } from "./fixtures/drafts.ts";
import { newInstance, type TestInstance } from "./fixtures/instance.ts";
import type { OpenedEvidence } from "./open-evidence.ts";
import { OpeningReader } from "./openings.ts";

type Step =
  | "mandate"
  | "call"
  | "refuse"
  | "answer"
  | "revoke"
  | "close"
  | "erase"
  | "wait"
  | "publish"
  | "restart"
  | "crash";

/** What the other rooms would remember. */
interface Model {
  open: { txn: string; entries: number; waiting: string[] }[];
  agents: string[];
}

const STEPS: readonly Step[] = [
  "mandate",
  "call",
  "call",
  "call",
  "refuse",
  "answer",
  "revoke",
  "close",
  "erase",
  "wait",
  "publish",
  "restart",
  "crash",
];

class Run {
  readonly instance: TestInstance;
  opened: OpenedEvidence & { readonly store: Store };
  readonly model: Model = { open: [], agents: [randomId(), randomId(), randomId()] };

  constructor(instance: TestInstance, opened: OpenedEvidence & { readonly store: Store }) {
    this.instance = instance;
    this.opened = opened;
  }

  async take(step: Step, pick: number): Promise<void> {
    const { evidence } = this.opened;
    const { open, agents } = this.model;
    const agent = agents[pick % agents.length] ?? "";
    const at = open[pick % Math.max(open.length, 1)];
    this.instance.clock.advance(pick);
    if (step === "mandate") {
      const txn = evidence.openTransaction();
      evidence.record([mandate(txn, agent)]);
      open.push({ txn, entries: 1, waiting: [] });
    }
    if (step === "revoke") evidence.record([revocation(evidence.feedPosition() + 1)]);
    if (step === "publish") await evidence.freshCheckpoint();
    if (step === "wait") await evidence.flush();
    if (step === "restart" || step === "crash") await this.#restart(step === "crash");
    if (at === undefined) return;
    if (step === "call") {
      const { leaves } = evidence.record([
        decision(at.txn, agent, evidence.feedPosition()),
        dispatch(at.txn, agent),
      ]);
      at.waiting.push(leaves[0]?.id ?? "");
      at.entries += 2;
    }
    if (step === "refuse") {
      evidence.record([decision(at.txn, agent, 0, "refuse")]);
      at.entries += 1;
    }
    if (step === "erase") {
      const parts = pick % 2 === 0 ? (["content"] as const) : (["inputs", "proof"] as const);
      await evidence.erase({ txn: at.txn, parts, rule: "retention", operator: randomId() });
      at.entries += 1;
    }
    const answered = step === "answer" ? at.waiting.pop() : undefined;
    if (answered !== undefined) {
      evidence.record([outcome(at.txn, agent, answered)]);
      at.entries += 1;
    }
    if (step === "close") {
      evidence.record([closing(at.txn, at.entries)]);
      open.splice(open.indexOf(at), 1);
      // Late outcomes may still come.
      for (const late of at.waiting) evidence.record([outcome(at.txn, agent, late)]);
    }
  }

  /** A crash forgets what was not durable; the rooms start again from durable state, here from what was flushed. */
  async #restart(crash: boolean): Promise<void> {
    if (crash) await this.opened.evidence.flush();
    else await this.opened.evidence.close();
    await this.opened.store.close();
    this.opened = await this.instance.open();
    for (const { decision: id } of this.opened.unknown) {
      const at = this.model.open.find(({ waiting }) => waiting.includes(id));
      at?.waiting.splice(at.waiting.indexOf(id), 1);
      if (at !== undefined) at.entries += 1;
    }
  }

  async finish(): Promise<void> {
    await this.#restart(false);
    const { store } = this.opened;
    const report = await auditLog(store, new OpeningReader(store, this.instance.custody.keyEncryption));
    await this.opened.evidence.close();
    await store.close();
    await this.instance.remove();
    expect(report.findings).toEqual([]);
    expect(report.openDispatches).toBe(0);
  }
}

it("is whole after any sequence of steps, restarts and crashes", { timeout: 120_000 }, async () => {
  const step = fc.tuple(fc.constantFrom(...STEPS), fc.nat(1000));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: "max" }), async (steps) => {
      const instance = await newInstance();
      const run = new Run(instance, await instance.open());
      for (const [name, pick] of steps) await run.take(name, pick);
      await run.finish();
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
