import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { bundleOf, checkOffline, trustOf } from "../stage/offline.ts";
import { type Head, headIn, publishedRoot } from "../stage/outside-log.ts";
import type { Sandbox } from "../stage/sandbox.ts";
import { LEAD } from "../stage/scene.ts";
import { tokenOf } from "../wire/agent.ts";
import { isDone } from "../wire/http.ts";

const ROUNDS = 2;

/** Some work, closed, so that its proof is whole. @returns its transaction */
async function work({ sandbox, tally }: Context, words = "x"): Promise<string> {
  const lead = await sandbox.join(LEAD);
  const mandate = await sandbox.openMandate(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate: mandate.id }));
  const done = await lead.call({
    server: "drill-files",
    tool: "write_note",
    args: { path: "notes/work", text: words },
    token,
  });
  tally.needs(isDone(done), "honest work did not go through");
  await sandbox.admin.send("POST", `/mandates/${mandate.id}/close`, {});
  return mandate.txn;
}

const isFile = (path: string): boolean => !path.endsWith(".sock") && !path.endsWith(".log");

/** Keeps a part of the sandbox's folder while it is down, as a backup does. */
async function keep({ folder }: Sandbox, part: string, name: string): Promise<void> {
  await rm(`${folder}-${name}/${part}`, { recursive: true, force: true });
  await cp(join(folder, part), `${folder}-${name}/${part}`, { recursive: true });
}

async function putBack({ folder }: Sandbox, part: string, name: string): Promise<void> {
  await rm(join(folder, part), { recursive: true, force: true });
  await cp(`${folder}-${name}/${part}`, join(folder, part), { recursive: true, filter: isFile });
}

/** An older copy of the store, restored under a newer anchor. */
async function olderStore(context: Context): Promise<void> {
  const { sandbox, tally } = context;
  await work(context);
  await sandbox.end("SIGTERM");
  await keep(sandbox, "store", "older");
  tally.needs(await sandbox.start(), "it does not start again");
  await work(context);
  await sandbox.end("SIGTERM");
  await keep(sandbox, "store", "newer");
  await putBack(sandbox, "store", "older");
  const started = await sandbox.start();
  tally.trial(
    !started && sandbox.refusal() === "state_rolled_back",
    `an older copy of the store is restored: ${started ? "started" : sandbox.refusal()}`,
  );
  if (started) await sandbox.end("SIGTERM");
  await putBack(sandbox, "store", "newer");
  tally.needs(await sandbox.start(), "it does not start on its own newest store");
}

/** One word in a leaf that is on disk, written over in place. @returns how many were */
async function overwrite({ store }: Sandbox, from: string, to: string): Promise<number> {
  let changed = 0;
  for (const name of await readdir(store)) {
    const file = join(store, name);
    const bytes = await readFile(file);
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) {
      bytes.write(to, at, "latin1");
      changed += 1;
    }
    await writeFile(file, bytes);
  }
  return changed;
}

/** A leaf is edited behind the back of the server. Either it refuses to start, or who is outside sees it. */
async function editedLeaf(context: Context): Promise<void> {
  const { sandbox, tally, verifier } = context;
  const txn = await work(context);
  const trust = await trustOf(sandbox);
  await sandbox.end("SIGTERM");
  await keep(sandbox, "store", "honest");
  const changed = await overwrite(sandbox, txn, `${txn.slice(0, -1)}${txn.endsWith("A") ? "B" : "A"}`);
  if (!tally.needs(changed > 0, "the leaf was not found in the store")) return;
  const started = await sandbox.start();
  if (started) {
    const bundle = await bundleOf(sandbox.admin, txn);
    const checked =
      bundle === ""
        ? { isVerified: false, says: "no proof can be exported" }
        : await checkOffline(verifier, sandbox.folder, { bundle, trust });
    tally.trial(!checked.isVerified, `leaves of a transaction are edited on disk: ${checked.says}`);
    await sandbox.end("SIGTERM");
  } else
    tally.trial(true, `leaves of a transaction are edited on disk: it does not start (${sandbox.refusal()})`);
  await putBack(sandbox, "store", "honest");
  tally.needs(await sandbox.start(), "it does not start on its honest store");
}

/** What somebody outside computes of a head seen before, from what is published now. */
async function seenFromOutside({ sandbox }: Context, head: Head): Promise<string> {
  const note = await sandbox.checkpoint();
  const { size } = headIn(note);
  if (size < head.size) return "the log is shorter than it was";
  const log = `http://${note.split("\n")[0] ?? ""}`;
  return (await publishedRoot(log, size, head.size)) === head.root ? "same" : "another history";
}

/** History is told twice: store and anchor are both restored, and other work is done under the same key. */
async function fork(context: Context): Promise<void> {
  const { sandbox, tally } = context;
  await sandbox.end("SIGTERM");
  for (const part of ["store", "anchor"]) await keep(sandbox, part, "fork");
  tally.needs(await sandbox.start(), "it does not start again");
  await work(context, "told first");
  const head = headIn(await sandbox.checkpoint());
  await work(context, "and on");
  tally.needs(
    (await seenFromOutside(context, head)) === "same",
    "from outside, honest growth does not look like it",
  );
  await sandbox.end("SIGTERM");
  for (const part of ["store", "anchor"]) await putBack(sandbox, part, "fork");
  if (!(await sandbox.start()))
    return tally.trial(true, `store and anchor are restored together: ${sandbox.refusal()}`);
  for (let i = 0; i < 3; i++) await work(context, "told otherwise");
  const seen = await seenFromOutside(context, head);
  tally.trial(seen !== "same", `another history under the same key, to who has seen the first: ${seen}`);
}

/** The log is tampered with by who has the machine. */
export const dr18: Drill = {
  id: "DR-18",
  name: "Log tampering",
  scenario: { v: 2, rounds: ROUNDS, ways: ["older store", "edited leaf", "history told twice"] },
  expected:
    "an older store is refused at the start; edited leaves and a second history are seen by who is outside with a head of before",
  alone: true,
  async run(context) {
    try {
      const rounds = roundsFor(context, ROUNDS, 3);
      for (let round = 0; round < rounds && !context.signal.aborted; round++) {
        await olderStore(context);
        await editedLeaf(context);
        await fork(context);
      }
    } finally {
      for (const name of ["older", "newer", "honest", "fork"])
        await rm(`${context.sandbox.folder}-${name}`, { recursive: true, force: true });
    }
    context.tally.note("not tried: a witness elsewhere; the sandbox has none");
  },
};
