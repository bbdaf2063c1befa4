import { type Leaf, parseLeafBytes, RELEASE_ROLES } from "@narrowgate/contracts";
import { faultStore, type StoreFault } from "@narrowgate/testkit";
import { describe, expect, it } from "vitest";
import {
  freshlyKept,
  type ReleaseWorld,
  releaseWorld,
  signed,
} from "../../../test/releases/release-world.ts";
import { stateReader } from "../../compose/state-reader.ts";
import { newInstance, PROCEDURE } from "../../evidence/fixtures/instance.ts";
import { openEvidence } from "../../evidence/open-evidence.ts";
import type { Store } from "../../platform/store/store.ts";

const FOUR = RELEASE_ROLES.map((role) => `the signature of ${role}`);
/** Writes of one run, in order; each is one commit. */
const WRITES = [
  "a proposal",
  ...FOUR,
  "its activation",
  "a second proposal",
  "its refusal",
  "a third proposal",
  "a fourth one, which takes its place",
  ...FOUR,
  "the activation that ends the first",
  "the roll-back to the first",
  "the roll-back to nothing",
  "a break-glass",
  "the first signature under it",
  "the second, with which it opens",
  "its end",
  "its review",
  "a fifth proposal",
  ...FOUR,
  "its activation, with nothing before it",
  "a sixth proposal",
  ...FOUR,
  "its start as a canary",
  "the end of the canary",
  "a seventh proposal",
  ...FOUR,
  "its start as a canary too",
  "its activation for all",
] as const;
const TABLE = WRITES.flatMap((write, at) =>
  (["lost", "reported-lost"] as const).map((kind) => ({ write, kind, at })),
);

async function run(world: ReleaseWorld): Promise<void> {
  const answer = async (handle: string, role: (typeof RELEASE_ROLES)[number], kind?: "refuse") => {
    const said = await world.answer(handle, world.four[role], role, kind);
    if (said === "evidence_unavailable") throw new TypeError(said);
  };
  const promoted = async (share?: number): Promise<string> => {
    const { id, handle } = await world.propose();
    for (const role of RELEASE_ROLES) await answer(handle, role);
    await world.releases.promote(id, signed, share);
    return id;
  };
  await promoted();
  await answer((await world.propose()).handle, "iam", "refuse");
  await world.propose();
  world.change((of) => of.policies.push("permit(principal, action, resource) when { true };"));
  await promoted();
  world.change((of) => of.policies.pop());
  const back = { agent: "refunds", reason: "it errs" };
  await world.releases.rollBack(back, signed);
  await world.releases.rollBack(back, signed);
  const { handle } = await world.askGlass();
  const glass = async (role: (typeof RELEASE_ROLES)[number], findings = "") => {
    const said = await world.answerGlass(handle, world.four[role], role, { findings });
    if (said === "evidence_unavailable") throw new TypeError(said);
  };
  await glass("pam");
  await glass("security");
  await world.releases.rollBack(back, signed);
  await glass("compliance", "nothing amiss");
  await promoted();
  world.change((of) => of.policies.push("permit(principal, action, resource) when { false };"));
  await promoted(10);
  await world.releases.rollBack(back, signed);
  await world.releases.promote(await promoted(50), signed);
}

async function leavesOf(store: Store): Promise<readonly Leaf[]> {
  const { size } = await store.tree();
  return (await store.entries(0, size)).map(({ leaf }) => parseLeafBytes(leaf));
}

const afterwards = {
  proposed: "open",
  refused: "over",
  withdrawn: "over",
  activated: "active",
  canary: "canary",
  deactivated: "over",
  glass_asked: "asked",
  glass_refused: "refused",
  glass_opened: "open",
  glass_ended: "ended",
  glass_reviewed: "reviewed",
};

/** What the log alone says of each proposal: how it stands, and who has signed. */
function statesByLog(leaves: readonly Leaf[]): readonly string[] {
  const states = new Map<string, { state: string; readonly roles: string[] }>();
  for (const { type, body } of leaves) {
    if (type !== "release") continue;
    const known = states.get(body.proposal) ?? { state: "", roles: [] };
    states.set(body.proposal, known);
    if (body.action === "signed" || body.action === "glass_signed") known.roles.push(String(body.role));
    else known.state = afterwards[body.action];
  }
  return [...states].map(([id, { state, roles }]) => `${id} ${state} ${roles.join()}`).sort();
}

function statesByRoom({ releases }: ReleaseWorld): readonly string[] {
  const told = releases.list().map((one) => {
    const isKnown = ["open", "active", "canary"].includes(String(one["state"]));
    const state = isKnown ? one["state"] : "over";
    const roles = Array.isArray(one["signed"]) ? one["signed"].map((given) => Object(given).role) : [];
    return `${one["id"]} ${state} ${roles.join()}`;
  });
  const glasses = releases.glasses().map((one) => {
    const roles = Array.isArray(one["signed"]) ? one["signed"].map((given) => Object(given).role) : [];
    const state = one["state"] === "due" ? "ended" : one["state"];
    return `${one["id"]} ${state} ${roles.join()}`;
  });
  return [...told, ...glasses].sort();
}

/** Runs until the fault; gives what the log says, and what the room, opened anew, holds. */
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
  const state = stateReader(inner);
  const failed = await run(await releaseWorld({ ...kept, real: { evidence, state } })).then(
    () => false,
    () => true,
  );
  const commits = store.commits() - before;
  await evidence.close();
  const reopened = await openEvidence(instance.setup(inner), PROCEDURE);
  const after = await releaseWorld({ ...kept, real: { evidence: reopened.evidence, state } });
  const log = statesByLog(await leavesOf(inner));
  const room = statesByRoom(after);
  await reopened.evidence.close();
  await inner.close();
  await instance.remove();
  return { log, room, commits, failed };
}

describe("when the store fails", () => {
  it("the run makes the commits the table names, and ends with one release in force and a break-glass that was reviewed", async () => {
    const { commits, failed, log, room } = await runWithFault(null);
    expect({ commits, failed, room }).toEqual({ commits: WRITES.length, failed: false, room: log });
    expect(log.filter((line) => line.includes(" active "))).toHaveLength(1);
    expect(log.filter((line) => line.includes(" reviewed "))).toHaveLength(1);
    expect(log).toHaveLength(8);
  });

  it.each(TABLE)("at $write ($kind), log and releases agree afterwards", async ({ at, kind }) => {
    const boot = 2;
    const { log, room, failed } = await runWithFault({ commit: boot + at + 1, kind });
    expect(failed).toBe(true);
    expect(room).toEqual(log);
    expect(log.filter((line) => line.includes(" active ")).length).toBeLessThan(2);
  });
});
