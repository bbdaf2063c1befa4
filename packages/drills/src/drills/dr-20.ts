import type { Context, Drill } from "../run/drill.ts";
import { percentile } from "../run/percentile.ts";
import { evidenceOf } from "../stage/evidence-of.ts";
import { bundleOf, checkOffline, trustOf } from "../stage/offline.ts";
import { type Head, headIn, publishedRoot } from "../stage/outside-log.ts";
import { HELPING, LEAD, STRANGER } from "../stage/scene.ts";
import { tokenOf } from "../wire/agent.ts";
import { isDone, patiently, said } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";

const AGENTS = [LEAD, HELPING, STRANGER];
const CALLS = 6;
/** The process stands still so long, so often: what it writes waits. */
const STILL_MS = 300;
const EVERY_MS = 1500;
/** Of the tasks, the offline verifier checks every so manieth, and so many at most. */
const CHECKED_EACH = 20;
const MOST_CHECKED = 200;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Halts the whole process again and again: from outside, nothing else makes its log alone slow. @returns how that ends */
function slowDown({ sandbox }: Context): () => Promise<number> {
  let [isOn, stalls] = [true, 0];
  const halting = (async () => {
    while (isOn) {
      await pause(EVERY_MS);
      const pid = sandbox.pid();
      if (pid === 0) continue;
      process.kill(pid, "SIGSTOP");
      await pause(STILL_MS);
      process.kill(pid, "SIGCONT");
      stalls += 1;
    }
  })();
  return async () => {
    isOn = false;
    await halting;
    return stalls;
  };
}

interface Seen {
  readonly times: number[];
  readonly txns: string[];
}

/** One task from its mandate to its end, and what is on record of it afterwards. */
async function task({ sandbox, tally, upstreams }: Context, id: string, seen: Seen): Promise<void> {
  const agent = await sandbox.join(id);
  const mandate = await sandbox.openMandate(id);
  const token = tokenOf(await agent.mint("drill-files", { mandate: mandate.id }));
  const mark = `notes/soak-${randomText()}`;
  const before = upstreams.effects.length;
  let answered = 0;
  for (let i = 0; i < CALLS; i++) {
    const began = performance.now();
    const args = { path: `${mark}/${i}`, text: "x" };
    const call = () => agent.call({ server: "drill-files", tool: "write_note", args, token });
    const answer = await patiently(call);
    seen.times.push(performance.now() - began);
    if (isDone(answer)) answered += 1;
    else tally.note(`a call of a task: ${said(answer)}`);
  }
  await sandbox.admin.send("POST", `/mandates/${mandate.id}/close`, {});
  const text = await evidenceOf(sandbox.admin, mandate.txn);
  const paths = upstreams.effects.slice(before).map(({ args }) => String(args["path"]));
  const own = paths.filter((path) => path.startsWith(`${mark}/`));
  const lost = own.filter((path) => !text.includes(`"${path}"`)).length;
  const isOnce = new Set(own).size === own.length;
  tally.trial(
    lost === 0 && isOnce && own.length >= answered && text !== "",
    `a task: ${lost} effects without a record, ${isOnce ? "none" : "one"} twice`,
  );
  seen.txns.push(mandate.txn);
}

/** What was published at the beginning is still the beginning of what is published. */
async function holdHistory({ sandbox, tally }: Context, head: Head): Promise<void> {
  const note = await sandbox.checkpoint();
  const { size } = headIn(note);
  const root = await publishedRoot(`http://${note.split("\n")[0] ?? ""}`, size, head.size);
  tally.trial(root === head.root, "the log of the beginning is the beginning of the log, without a gap");
}

async function replay({ sandbox, tally, verifier, signal }: Context, txns: readonly string[]): Promise<void> {
  const trust = await trustOf(sandbox);
  const chosen = txns.filter((_, i) => i % CHECKED_EACH === 0).slice(0, MOST_CHECKED);
  for (const txn of chosen) {
    if (signal.aborted) return;
    const bundle = await bundleOf(sandbox.admin, txn);
    const { isVerified, says } = await checkOffline(verifier, sandbox.folder, { bundle, trust });
    tally.trial(isVerified, `a task of the soak, replayed: ${says}`);
  }
  tally.figures["replayed"] = chosen.length;
}

/** Hours at peak, while what is written down is slow. */
export const dr20: Drill = {
  id: "DR-20",
  name: "Soak with slow evidence",
  scenario: { v: 1, calls: CALLS, still_ms: STILL_MS, every_ms: EVERY_MS, checked_each: CHECKED_EACH },
  expected:
    "each effect of each task is on record, once; the log has no gap; tasks drawn from the whole time are verified offline",
  simulated: ["the log is made slow by halting the whole process"],
  profile: "scale",
  async run(context) {
    const { sandbox, tally, signal, minutes } = context;
    const head = headIn(await sandbox.checkpoint());
    const seen: Seen = { times: [], txns: [] };
    const until = Date.now() + minutes * 60_000;
    const end = slowDown(context);
    const work = async (id: string): Promise<void> => {
      while (Date.now() < until && !signal.aborted) await task(context, id, seen);
    };
    try {
      await Promise.all(AGENTS.map(work));
    } finally {
      tally.figures["stalls"] = await end();
    }
    await holdHistory(context, head);
    await replay(context, seen.txns);
    tally.figures["minutes"] = minutes;
    tally.figures["tasks"] = seen.txns.length;
    for (const [name, share] of [
      ["soak_p50_ms", 0.5],
      ["soak_p99_ms", 0.99],
    ] as const)
      tally.figures[name] = percentile(seen.times, share);
    tally.note("not tried: an outage of a part of the log; it is one store of one process");
  },
};
