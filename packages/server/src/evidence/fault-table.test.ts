import { parseLeafBytes } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { faultStore, type StoreFault } from "@narrowgate/testkit";
import { describe, expect, it } from "vitest";
import type { Store } from "../platform/store/store.ts";
import { auditLog } from "./audit/audit-log.ts";
import { revocation } from "./fixtures/drafts.ts";
import { newInstance, PROCEDURE, type TestInstance } from "./fixtures/instance.ts";
import { MARKS, runScript, type Step } from "./fixtures/script.ts";
import { openEvidence } from "./open-evidence.ts";
import { OpeningReader } from "./openings.ts";

/** Commits of one run: boot and its checkpoint, seven steps, a checkpoint, an erasure. */
const COMMITS = 11;
const KINDS = ["lost", "reported-lost"] as const;
const TABLE: readonly StoreFault[] = Array.from({ length: COMMITS }, (_, i) =>
  KINDS.map((kind) => ({ commit: i + 1, kind })),
).flat();

async function leafIds(store: Store): Promise<ReadonlySet<string>> {
  const { size } = await store.tree();
  return new Set((await store.entries(0, size)).map(({ leaf }) => parseLeafBytes(leaf).id));
}

/** Every step is in the store whole, or not at all; an acknowledged one is. */
async function expectWholeSteps(store: Store, steps: readonly Step[]): Promise<void> {
  const ids = await leafIds(store);
  for (const { mark, leaves, acknowledged } of steps) {
    const isMarked = (await store.get(MARKS, mark)) !== null;
    expect(leaves.map((id) => ids.has(id))).toEqual(leaves.map(() => isMarked));
    if (acknowledged) expect(isMarked).toBe(true);
  }
}

async function runWithFault(instance: TestInstance, inner: Store, fault: StoreFault): Promise<Step[]> {
  const fatal: unknown[] = [];
  const store = faultStore(inner, fault);
  const setup = instance.setup(store, { onFatal: (cause) => fatal.push(cause) });
  const opened = await openEvidence(setup, PROCEDURE).catch((error: unknown) => error);
  if (opened instanceof Error) {
    expect(opened).toMatchObject({ code: "evidence_unavailable" });
    return [];
  }
  const { evidence } = opened as Awaited<ReturnType<typeof openEvidence>>;
  const { steps, failure } = await runScript(evidence);
  expect(failure).toMatchObject({ code: "evidence_unavailable" });
  expect(fatal).toHaveLength(1);
  expect(() => evidence.record([revocation(9)])).toThrow(
    expect.objectContaining({ code: "evidence_unavailable" }),
  );
  await expect(evidence.flush()).rejects.toMatchObject({ code: "evidence_unavailable" });
  return steps;
}

describe("when one commit fails", () => {
  it("the script makes the commits the table names", async () => {
    const instance = await newInstance();
    const inner = await instance.openStore();
    const store = faultStore(inner, null);
    const { evidence } = await openEvidence(instance.setup(store), PROCEDURE);
    expect((await runScript(evidence)).failure).toBeUndefined();
    expect(store.commits()).toBe(COMMITS);
    await evidence.close();
    await inner.close();
    await instance.remove();
  });

  it.each(TABLE)("commit $commit $kind: the writer stops, and what is reopened is whole", async (fault) => {
    const instance = await newInstance();
    const inner = await instance.openStore();
    const steps = await runWithFault(instance, inner, fault);
    const reopened = await openEvidence(instance.setup(inner), PROCEDURE);
    await expectWholeSteps(inner, steps);
    expect(reopened.clean).toBe(steps.length === 0 && fault.kind === "lost" && fault.commit === 1);
    const txn = reopened.evidence.openTransaction();
    await reopened.evidence.record([{ type: "closing", txn, body: { entries: 0 } }]).durable;
    await reopened.evidence.record([revocation(reopened.evidence.feedPosition() + 1, "agent", randomId())])
      .durable;
    await reopened.evidence.close();
    const report = await auditLog(inner, new OpeningReader(inner, instance.custody.keyEncryption));
    expect(report.findings).toEqual([]);
    expect(report.openDispatches).toBe(0);
    await inner.close();
    await instance.remove();
  });
});
