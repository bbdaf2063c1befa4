import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { evidenceOf } from "../stage/evidence-of.ts";
import { bundleOf, checkOffline, trustOf } from "../stage/offline.ts";
import { type Head, headIn, publishedRoot } from "../stage/outside-log.ts";
import type { Sandbox } from "../stage/sandbox.ts";
import { LEAD, registryOf } from "../stage/scene.ts";
import { tokenOf } from "../wire/agent.ts";
import { type Answer, isDone, said } from "../wire/http.ts";
import { makeKey, randomText } from "../wire/key.ts";
import { jsonOf, listAt, textAt } from "../wire/reading.ts";

const ROUNDS = 2;
/** Trials of one round. */
const EACH = 9;
const DAY_MS = 86_400_000;
/** Days that what was done is kept where age is drilled, and how far the clock is set ahead. */
const KEPT_DAYS = 1;
const AHEAD_DAYS = 2;
const AGED = 3;
/** Longest that a pass by age may take after a start. */
const PASS_LIMIT_MS = 60_000;
const KILLED_WITHIN_MS = 40;

/** A transaction with words in it that stand nowhere else. */
interface Marked {
  readonly id: string;
  readonly txn: string;
  readonly mark: string;
}

async function work({ tally }: Context, sandbox: Sandbox, isClosed = true): Promise<Marked> {
  const lead = await sandbox.join(LEAD);
  const { id, txn } = await sandbox.openMandate(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate: id }));
  const mark = `kept-${randomText()}`;
  const args = { path: "notes/kept", text: mark };
  const done = await lead.call({ server: "drill-files", tool: "write_note", args, token });
  tally.needs(isDone(done), "honest work did not go through");
  if (isClosed) await sandbox.admin.send("POST", `/mandates/${id}/close`, {});
  tally.needs(await isThere(sandbox, { txn, mark }), "what was done is not on record");
  return { id, txn, mark };
}

async function isThere({ admin }: Sandbox, { txn, mark }: Pick<Marked, "txn" | "mark">): Promise<boolean> {
  return (await evidenceOf(admin, txn)).includes(mark);
}

const erase = ({ admin }: Sandbox, { txn }: Marked): Promise<Answer> =>
  admin.send("POST", "/erasures", { txn, rule: "drill" });

/** What stands of a transaction: whether its words are there, whether its proof says that parts were erased, and holds. */
async function standing(
  { verifier }: Context,
  sandbox: Sandbox,
  done: Marked,
): Promise<{
  readonly isKept: boolean;
  readonly isTold: boolean;
  readonly isProven: boolean;
  readonly says: string;
}> {
  const text = await evidenceOf(sandbox.admin, done.txn);
  const bundle = await bundleOf(sandbox.admin, done.txn);
  const { isVerified, says } = await checkOffline(verifier, sandbox.folder, {
    bundle,
    trust: await trustOf(sandbox),
  });
  const isKept = text.includes(done.mark) || bundle.includes(done.mark);
  const isTold = listAt(jsonOf(bundle), "erased").some((one) => textAt(one, "part") === "content");
  return { isKept, isTold, isProven: isVerified && text !== "", says };
}

/** It went, its proof says so and verifies. */
async function tryGone(context: Context, sandbox: Sandbox, done: Marked, way: string): Promise<void> {
  const { isKept, isTold, isProven, says } = await standing(context, sandbox, done);
  const what = `words ${isKept ? "still there" : "gone"}, erasure ${isTold ? "told" : "not told"}, proof ${says}`;
  context.tally.trial(!isKept && isTold && isProven, `${way}: ${what}`);
}

/** It is all there, its proof says of nothing that it went, and verifies. */
async function tryKept(context: Context, sandbox: Sandbox, done: Marked, way: string): Promise<void> {
  const { isKept, isTold, isProven, says } = await standing(context, sandbox, done);
  const what = `words ${isKept ? "there" : "gone"}, erasure ${isTold ? "told" : "not told"}, proof ${says}`;
  context.tally.trial(isKept && !isTold && isProven, `${way}: ${what}`);
}

/** A hold of each kind, under which erasure is refused. @returns what it was about, free again */
async function hold(context: Context): Promise<Marked> {
  const { sandbox, tally } = context;
  const { admin } = sandbox;
  const from = Date.now() - 1000;
  const done = await work(context, sandbox);
  const scopes = { txn: done.txn, agent: LEAD, time: { from, to: Date.now() + 1000 } };
  for (const [kind, scope] of Object.entries(scopes)) {
    const placed = await admin.send("POST", "/holds", { [kind]: scope, reason: "a drill" });
    if (!tally.needs(placed.status === 201, `no hold can be placed: ${said(placed)}`)) return done;
    const id = textAt(placed.body, "id");
    const refused = await erase(sandbox, done);
    const isSafe = refused.code === "under_hold" && (await isThere(sandbox, done));
    tally.trial(isSafe, `erasure under a hold over its ${kind}: ${said(refused)}`);
    if (kind === "txn") await forge(context, done, id);
    const ended = await admin.send("POST", `/holds/${id}/end`, { reason: "the drill goes on" });
    tally.needs(ended.status === 200, `the hold cannot be ended: ${said(ended)}`);
  }
  return done;
}

/** Who is no operator ends no hold and erases nothing. */
async function forge({ sandbox, tally }: Context, done: Marked, id: string): Promise<void> {
  const asked = { method: "POST", key: makeKey() };
  const body = { reason: "because I say so" };
  const ended = await sandbox.admin.forge({ ...asked, path: `/holds/${id}/end`, body });
  const holds = listAt((await sandbox.admin.read("/holds")).body, "holds");
  const isStanding = holds.some((one) => textAt(one, "id") === id && textAt(one, "state") === "stands");
  tally.trial(ended.status >= 400 && isStanding, `a hold is ended with nobody's key: ${said(ended)}`);
  const erased = await sandbox.admin.forge({
    ...asked,
    path: "/erasures",
    body: { txn: done.txn, rule: "x" },
  });
  const isSafe = erased.status >= 400 && (await isThere(sandbox, done));
  tally.trial(isSafe, `erasure with nobody's key: ${said(erased)}`);
}

/** What has not ended is not erased. */
async function eraseOpen(context: Context): Promise<void> {
  const { sandbox, tally } = context;
  const open = await work(context, sandbox, false);
  const refused = await erase(sandbox, open);
  const isSafe = refused.code === "conflict" && (await isThere(sandbox, open));
  tally.trial(isSafe, `erasure of what has not ended: ${said(refused)}`);
  await sandbox.admin.send("POST", `/mandates/${open.id}/close`, {});
}

/** Erased, and the power goes at once. @returns the head before it */
async function eraseAndCrash(context: Context, done: Marked): Promise<Head> {
  const { sandbox, tally } = context;
  const head = headIn(await sandbox.checkpoint());
  const erased = await erase(sandbox, done);
  await sandbox.end("SIGKILL");
  tally.needs(erased.status === 201, `nothing can be erased: ${said(erased)}`);
  if (tally.needs(await sandbox.start(), `it does not start after a crash: ${sandbox.refusal()}`))
    await tryGone(context, sandbox, done, "erased, then killed");
  return head;
}

/** The process dies while it erases: all of it went, and is told, or nothing did. */
async function crashWhileErasing(context: Context): Promise<void> {
  const { sandbox, tally, random } = context;
  const done = await work(context, sandbox);
  const under = erase(sandbox, done);
  await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * KILLED_WITHIN_MS)));
  await sandbox.end("SIGKILL");
  const answer = await under;
  if (!tally.needs(await sandbox.start(), `it does not start after a crash: ${sandbox.refusal()}`)) return;
  const { isKept, isTold, isProven, says } = await standing(context, sandbox, done);
  const isLost = answer.status === 201 && isKept;
  const what = `words ${isKept ? "there" : "gone"}, erasure ${isTold ? "told" : "not told"}, proof ${says}`;
  tally.trial(isKept !== isTold && isProven && !isLost, `killed while erasing: ${what}`);
}

/** What was before the erasure is what the log says now. */
async function sameHistory({ tally }: Context, sandbox: Sandbox, head: Head, way: string): Promise<void> {
  const note = await sandbox.checkpoint();
  const { size } = headIn(note);
  const root = await publishedRoot(`http://${note.split("\n")[0] ?? ""}`, size, head.size);
  tally.trial(
    size > head.size && root === head.root,
    `the log before ${way}, computed from what is published`,
  );
}

async function round(context: Context): Promise<void> {
  const done = await hold(context);
  await eraseOpen(context);
  const head = await eraseAndCrash(context, done);
  await sameHistory(context, context.sandbox, head, "an erasure");
  await crashWhileErasing(context);
}

/** A pass by age goes by itself after a start. */
async function until(sandbox: Sandbox, gone: readonly Marked[]): Promise<void> {
  const end = Date.now() + PASS_LIMIT_MS;
  for (const done of gone)
    while (Date.now() < end && (await isThere(sandbox, done)))
      await new Promise((resolve) => setTimeout(resolve, 200));
}

/** What is over its age goes, but neither what is held nor what is younger; and what went stays gone. */
async function byAge(context: Context): Promise<void> {
  const { tally, upstreams, another } = context;
  const sandbox = await another();
  const kept = { retain_content_days: KEPT_DAYS, retain_inputs_days: KEPT_DAYS };
  const applied = await sandbox.apply({ ...registryOf(upstreams), settings: kept });
  if (!tally.needs(applied.status === 200, `no retention can be set: ${said(applied)}`)) return;
  const aged: Marked[] = [];
  for (let i = 0; i < AGED; i++) aged.push(await work(context, sandbox));
  const [held, late] = [await work(context, sandbox), await work(context, sandbox, false)];
  const placed = await sandbox.admin.send("POST", "/holds", { txn: held.txn, reason: "a drill" });
  const head = headIn(await sandbox.checkpoint());
  await sandbox.end("SIGTERM");
  if (!tally.needs(await sandbox.startAhead(AHEAD_DAYS * DAY_MS), "it does not start with a later clock"))
    return;
  await until(sandbox, aged);
  for (const done of aged) await tryGone(context, sandbox, done, "over its age");
  await tryKept(context, sandbox, held, "over its age, and held");
  tally.trial(await isThere(sandbox, late), "ended a moment ago: its words are looked for");
  await sameHistory(context, sandbox, head, "erasures by age");
  const path = `/holds/${textAt(placed.body, "id")}/end`;
  const ended = await sandbox.admin.send("POST", path, { reason: "the drill goes on" });
  tally.needs(ended.status === 200, `the hold cannot be ended: ${said(ended)}`);
  await sandbox.end("SIGKILL");
  if (!tally.needs(await sandbox.startAhead(AHEAD_DAYS * DAY_MS), "it does not start after a crash")) return;
  await until(sandbox, [held]);
  await tryGone(context, sandbox, held, "over its age, and no longer held");
  for (const done of aged)
    tally.trial(!(await isThere(sandbox, done)), "what went by age is looked for after a crash");
}

/** Legal holds, erasure and retention by age. */
export const dr31: Drill = {
  id: "DR-31",
  name: "Kept, held, erased",
  scenario: {
    v: 1,
    rounds: ROUNDS,
    holds: ["txn", "agent", "time"],
    forged: ["end of a hold", "erasure"],
    crashes: ["behind an erasure", "while erasing", "behind the end of a hold"],
    kept_days: KEPT_DAYS,
    ahead_days: AHEAD_DAYS,
  },
  expected:
    "nothing that is held, open or young is erased; what is erased is gone for good, its transaction says so, and log and proofs verify as before",
  simulated: ["a later day is a clock set ahead in the process of a second sandbox"],
  async run(context) {
    const rounds = roundsFor(context, ROUNDS, EACH);
    for (let i = 0; i < rounds && !context.signal.aborted; i++) await round(context);
    if (!context.signal.aborted) await byAge(context);
    context.tally.note("not tried: holds over a person; backups, and copies that were exported");
  },
};
