import { type Leaf, parseLeafBytes } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { faultStore, type StoreFault } from "@narrowgate/testkit";
import { describe, expect, it } from "vitest";
import { type ApprovalWorld, approvalWorld, freshlyKept } from "../../test/approvals/approval-world.ts";
import { stateReader } from "../compose/state-reader.ts";
import { closing, decision, mandate } from "../evidence/fixtures/drafts.ts";
import { newInstance, PROCEDURE } from "../evidence/fixtures/instance.ts";
import { openEvidence } from "../evidence/open-evidence.ts";
import type { Store } from "../platform/store/store.ts";

/** Writes of one run, in order; each is one commit. */
const WRITES = [
  "the mandate",
  "a refusal and its request",
  "its approval",
  "the permit that uses it up",
  "a second request",
  "its refusal",
  "a third request",
  "its approval",
  "the end of the transaction",
] as const;
const TABLE = WRITES.flatMap((write, i) =>
  (["lost", "reported-lost"] as const).map((kind) => ({ write, kind, at: i })),
);

type Evidence = Awaited<ReturnType<typeof openEvidence>>["evidence"];

/** Permits, and what each used up: the permit names it, so it is spent exactly when the permit is in the log. */
type Spent = Map<string, string>;

async function run(world: ApprovalWorld, evidence: Evidence, spent: Spent): Promise<void> {
  const { txn, approvals } = world;
  const agent = world.call().agent.ref;
  const bea = world.people.enrol("Bea", ["approver"]);
  await evidence.record([mandate(txn, agent)]).durable;
  const ask = async (n: number): Promise<string> => {
    const call = world.call({ arguments: { n } });
    const id = randomId();
    const why = { decision: id, requires: ["approver#1"], reason: "r", policy: randomId(32) };
    const asked = approvals.ask({ call, read: world.read, ...why });
    if (asked.kind !== "asked") throw new TypeError(asked.sentence);
    const refusal = { ...decision(txn, agent, evidence.feedPosition(), "refuse"), id };
    const { durable } = evidence.record([refusal, ...asked.drafts], asked.changes);
    asked.apply();
    await durable;
    return asked.url.slice(asked.url.indexOf("#") + 1);
  };
  const answer = async (handle: string, kind: "approve" | "refuse"): Promise<void> => {
    const signed = { ...bea.sign(world.statement(handle, kind)) };
    await approvals.sign({ handle, credential: bea.id, signed });
  };

  await answer(await ask(1), "approve");
  const held = approvals.held(world.call({ arguments: { n: 1 } }), () => world.read);
  const taken = approvals.take(
    txn,
    held.map(({ entry }) => entry),
  );
  const permit = { ...decision(txn, agent, evidence.feedPosition()), id: randomId() };
  spent.set(permit.id, held[0]?.entry ?? "");
  const { durable } = evidence.record([permit, ...taken.drafts], taken.changes);
  taken.apply();
  await durable;
  await answer(await ask(2), "refuse");
  await answer(await ask(3), "approve");
  const ended = approvals.endTransaction(txn);
  const end = closing(txn, evidence.transactionLength(txn) + ended.drafts.length);
  await evidence.record([...ended.drafts, end], ended.changes).durable;
}

async function leavesOf(store: Store): Promise<readonly Leaf[]> {
  const { size } = await store.tree();
  return (await store.entries(0, size)).map(({ leaf }) => parseLeafBytes(leaf));
}

/** Requests that the log alone says are open, with what is missing of each. */
function openByLog(leaves: readonly Leaf[], spent: Spent): readonly string[] {
  const open = new Map<string, readonly string[]>();
  const owner = new Map<string, string>();
  for (const { id, type, body } of leaves) {
    if (type === "decision") open.delete(owner.get(spent.get(id) ?? "") ?? "");
    if (type !== "approval") continue;
    const { action, approval } = body;
    if (action === "requested") open.set(approval, ["approver#1"]);
    else if (action === "approved") open.set(approval, []);
    else open.delete(approval);
    owner.set(id, approval);
  }
  return [...open].map(([id, missing]) => `${id} ${missing.join()}`).sort();
}

/** Runs until the fault; gives what the log says is open and what the room, opened anew, holds. */
async function runWithFault(fault: StoreFault | null): Promise<{
  readonly log: readonly string[];
  readonly room: readonly string[];
  readonly commits: number;
  readonly failed: boolean;
}> {
  const instance = await newInstance();
  const inner = await instance.openStore();
  const store = faultStore(inner, fault);
  const { evidence } = await openEvidence(instance.setup(store), PROCEDURE);
  const before = store.commits();
  const kept = freshlyKept();
  const real = { evidence, state: stateReader(inner), txn: evidence.openTransaction() };
  const spent: Spent = new Map();
  const failed = await run(await approvalWorld({}, { ...kept, real }), evidence, spent).then(
    () => false,
    () => true,
  );
  const commits = store.commits() - before;
  await evidence.close();
  const reopened = await openEvidence(instance.setup(inner), PROCEDURE);
  const after = await approvalWorld({}, { ...kept, real: { ...real, evidence: reopened.evidence } });
  const room = after.approvals.list().map(({ id, missing }) => `${id} ${missing.join()}`);
  const log = openByLog(await leavesOf(inner), spent);
  await reopened.evidence.close();
  await inner.close();
  await instance.remove();
  return { log, room: room.sort(), commits, failed };
}

describe("when the store fails", () => {
  it("the run makes the commits the table names", async () => {
    const { commits, failed, log, room } = await runWithFault(null);
    expect({ commits, failed, log, room }).toEqual({
      commits: WRITES.length,
      failed: false,
      log: [],
      room: [],
    });
  });

  it.each(TABLE)("at $write ($kind), log and requests agree afterwards", async ({ at, kind }) => {
    const boot = 2;
    const { log, room, failed } = await runWithFault({ commit: boot + at + 1, kind });
    expect(failed).toBe(true);
    expect(room).toEqual(log);
  });
});
