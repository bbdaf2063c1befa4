import { canonicalJson, type JsonValue } from "@narrowgate/kernel";
import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { bundleOf, checkOffline, trustOf } from "../stage/offline.ts";
import { LEAD, WORKER } from "../stage/scene.ts";
import { tokenOf } from "../wire/agent.ts";
import { digestOf } from "../wire/key.ts";

const TASKS = 3;

/** A task over two agents, some of it refused. @returns its transaction */
async function task({ sandbox }: Context): Promise<string> {
  const [lead, worker] = [await sandbox.join(LEAD), await sandbox.join(WORKER)];
  const mandate = await sandbox.openMandate(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate: mandate.id }));
  const handed = tokenOf(await lead.exchange(token, { resource: `${sandbox.issuer}/agents/${WORKER}` }));
  const taken = tokenOf(
    await worker.exchange(handed, { resource: `${sandbox.issuer}/mcp/drill-files` }, true),
  );
  for (const path of ["notes/a", "notes/b", "elsewhere/c"])
    await worker.call({ server: "drill-files", tool: "read_note", args: { path }, token: taken });
  await lead.call({ server: "drill-files", tool: "write_note", args: { path: "notes/d", text: "x" }, token });
  await sandbox.admin.send("POST", `/mandates/${mandate.id}/close`, {});
  return mandate.txn;
}

type Proof = { readonly [member: string]: JsonValue };

/** Writes a proof as its format wants it, so that nothing but its content can give it away. */
function sealed(proof: Proof): string {
  const { seal: _, ...rest } = proof;
  return `${canonicalJson({ ...rest, seal: digestOf(canonicalJson(rest)) })}\n`;
}

/** The same proof with one word of a leaf changed, or without one of its leaves; sealed anew. */
function tampered(bundle: string, random: () => number): readonly (readonly [string, string])[] {
  const proof: Proof = JSON.parse(bundle);
  const entries = Array.isArray(proof["entries"]) ? proof["entries"] : [];
  const which = Math.floor(random() * entries.length);
  const without = (left: number): string =>
    sealed({ ...proof, entries: entries.filter((_, i) => i !== left) });
  const changed = JSON.stringify(entries).replace('"verdict":"permit"', '"verdict":"refuse"');
  return [
    ["a permit turned into a refusal", sealed({ ...proof, entries: JSON.parse(changed) })],
    ["its last leaf left out", without(entries.length - 1)],
    [`one of its leaves left out`, without(which)],
  ];
}

async function replay(context: Context, txn: string, trust: object): Promise<void> {
  const { sandbox, tally, verifier, random } = context;
  const bundle = await bundleOf(sandbox.admin, txn);
  const check = (text: string) => checkOffline(verifier, sandbox.folder, { bundle: text, trust });
  const forgeries = tampered(bundle, random);
  const [honest, ...rest] = await Promise.all([bundle, ...forgeries.map(([, text]) => text)].map(check));
  if (honest === undefined) return;
  tally.trial(honest.isVerified, `rebuilt from the proof and a trust file alone: ${honest.says}`);
  for (const [i, { isVerified, says }] of rest.entries())
    tally.trial(!isVerified, `${forgeries[i]?.[0]}: ${says}`);
}

/** Somebody outside rebuilds what happened. */
export const dr21: Drill = {
  id: "DR-21",
  name: "Blind replay",
  scenario: {
    v: 1,
    tasks: TASKS,
    tampered: ["a permit turned", "the last leaf left out", "a leaf left out"],
    sealed_anew: true,
  },
  expected:
    "a process that has the proof and a trust file alone comes to the same decisions; what was changed or left out is not verified",
  async run(context) {
    const txns: string[] = [];
    const tasks = roundsFor(context, TASKS, 4);
    for (let i = 0; i < tasks; i++) txns.push(await task(context));
    const trust = await trustOf(context.sandbox);
    for (const txn of txns) if (!context.signal.aborted) await replay(context, txn, trust);
    context.tally.note(
      "the verifier is the product's own; another one, written from the pages alone, is run by the tests",
    );
  },
};
