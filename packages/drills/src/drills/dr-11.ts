import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { evidenceOf } from "../stage/evidence-of.ts";
import { LEAD } from "../stage/scene.ts";
import { type Agent, tokenOf } from "../wire/agent.ts";
import { isDone, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";

const ROUNDS = 8;
const STANDS_STILL_MS = 1000;
const CALLS = 10;
/** Blocks of 512 bytes that a file may grow to: the disk is full soon after the start. */
const ROOM = 4200;

interface Working {
  readonly lead: Agent;
  readonly token: string;
  readonly txn: string;
}

async function begin({ sandbox, tally }: Context): Promise<Working> {
  const lead = await sandbox.join(LEAD);
  const mandate = await sandbox.openMandate(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate: mandate.id }));
  tally.needs(token !== "", "the agent got no token");
  return { lead, token, txn: mandate.txn };
}

function writes({ lead, token }: Working, mark: string, count: number) {
  const one = (i: number) =>
    lead.call({
      server: "drill-files",
      tool: "write_note",
      args: { path: `${mark}/${i}`, text: "x".repeat(2000) },
      token,
      limitMs: 20_000,
    });
  return Promise.all(Array.from({ length: count }, (_, i) => one(i)));
}

/** Each effect has its decision on record, and no effect came twice. */
async function reconcile(context: Context, txn: string, says: string, mark: string): Promise<void> {
  const { tally, upstreams, sandbox } = context;
  const took = upstreams.effects.filter(({ args }) => String(args["path"]).startsWith(mark));
  const text = await evidenceOf(sandbox.admin, txn);
  const paths = took.map(({ args }) => String(args["path"]));
  const unrecorded = paths.filter((path) => !text.includes(path));
  tally.trial(
    unrecorded.length === 0,
    `${says}: ${took.length} effects, ${unrecorded.length} without a record`,
  );
  tally.trial(new Set(paths).size === paths.length, `${says}: no effect came twice`);
}

/** The process stands still and goes on: as when a disk, a hypervisor or a decision point hangs. */
async function frozen(context: Context): Promise<void> {
  const { sandbox, tally } = context;
  const working = await begin(context);
  const mark = `notes/frozen-${randomText()}`;
  const under = writes(working, mark, CALLS);
  process.kill(sandbox.pid(), "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, STANDS_STILL_MS));
  process.kill(sandbox.pid(), "SIGCONT");
  const answers = await under;
  await reconcile(context, working.txn, "everything stood still for a second", mark);
  const next = (await writes(working, `${mark}/next`, 1))[0];
  tally.needs(next !== undefined && isDone(next), "it did not come back");
  tally.note(`while it stood still: ${answers.filter(isDone).length} of ${CALLS} calls answered in the end`);
}

/** The disk is full: nothing that cannot be recorded takes effect, and what was recorded is there afterwards. */
async function full(context: Context): Promise<void> {
  const { sandbox, tally, upstreams } = context;
  const working = await begin(context);
  await sandbox.end("SIGTERM");
  if (!(await sandbox.start(`ulimit -f ${ROOM}`))) {
    tally.needs(false, `it does not start on a nearly full disk: ${sandbox.refusal()}`);
    await sandbox.start();
    return;
  }
  const mark = `notes/full-${randomText()}`;
  let [refused, rounds] = [0, 0];
  for (; rounds < 60 && refused === 0; rounds++) {
    const answers = await writes(working, `${mark}/${rounds}`, CALLS);
    refused = answers.filter((answer) => !isDone(answer)).length;
    if (refused > 0)
      tally.note(
        `on the full disk: ${said(answers.find((answer) => !isDone(answer)) ?? { status: 0, code: "", text: "", body: undefined, headers: new Headers() })}`,
      );
  }
  tally.needs(refused > 0, "the disk did not become full");
  const before = upstreams.effects.length;
  const late = await writes(working, `${mark}/late`, 3);
  tally.trial(
    upstreams.effects.length === before && !late.some(isDone),
    "with no room for the record nothing takes effect",
  );
  await sandbox.end("SIGKILL");
  tally.needs(await sandbox.start(), `it does not start again: ${sandbox.refusal()}`);
  await reconcile(context, working.txn, "the disk was full", mark);
  const next = (await writes(await begin(context), `${mark}/again`, 1))[0];
  tally.trial(next !== undefined && isDone(next), "with room again it goes on");
}

/** What the gate stands on stops or fills up. */
export const dr11: Drill = {
  id: "DR-11",
  name: "Blackout at peak",
  scenario: { v: 2, rounds: ROUNDS, faults: ["stands still", "disk full"], calls: CALLS, room_blocks: ROOM },
  expected:
    "what cannot be decided or recorded has no effect; what took effect is on record, once; afterwards it goes on",
  simulated: ["a full disk is a limit on the size of files"],
  async run(context) {
    const rounds = roundsFor(context, ROUNDS, 2);
    for (let round = 0; round < rounds && !context.signal.aborted; round++) await frozen(context);
    await full(context);
    context.tally.note(
      "not made to happen from outside: the policy engine and the key service alone (they are in the same process), steps of the clock, a database apart",
    );
  },
};
