import { type Context, type Drill, roundsFor } from "../run/drill.ts";
import { evidenceOf } from "../stage/evidence-of.ts";
import { LEAD } from "../stage/scene.ts";
import { tokenOf } from "../wire/agent.ts";
import { isDone } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";

const KILLS = 10;
const CALLS = 16;
const LONGEST_MS = 250;

/** Kills the process at a moment that nobody chose, under load, and holds what took effect against what is on record. */
async function crash(context: Context): Promise<{ readonly effects: number; readonly unanswered: number }> {
  const { sandbox, tally, upstreams, random } = context;
  const lead = await sandbox.join(LEAD);
  const mandate = await sandbox.openMandate(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate: mandate.id }));
  const mark = `notes/crash-${randomText()}`;
  const call = (i: number) =>
    lead.call({
      server: "drill-files",
      tool: "write_note",
      args: { path: `${mark}/${i}`, text: "x" },
      token,
      limitMs: 5000,
    });
  const under = Promise.all(Array.from({ length: CALLS }, (_, i) => call(i)));
  await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * LONGEST_MS)));
  await sandbox.end("SIGKILL");
  const answers = await under;
  if (!tally.needs(await sandbox.start(), `it does not start after a crash: ${sandbox.refusal()}`))
    return { effects: 0, unanswered: 0 };
  const text = await evidenceOf(sandbox.admin, mandate.txn);
  const paths = upstreams.effects
    .map(({ args }) => String(args["path"]))
    .filter((path) => path.startsWith(`${mark}/`));
  const unrecorded = paths.filter((path) => !text.includes(`"${path}"`));
  const lost = answers.filter((answer, i) => isDone(answer) && !text.includes(`"${mark}/${i}"`)).length;
  const isSafe = text !== "" && unrecorded.length === 0 && new Set(paths).size === paths.length && lost === 0;
  tally.trial(
    isSafe,
    `after a kill: ${unrecorded.length} effects without a decision on record, ${paths.length - new Set(paths).size} twice, ${lost} answers lost`,
  );
  const unknown = text.split('"unknown"').length - 1;
  const unanswered = answers.filter((answer) => !isDone(answer)).length;
  tally.figures["unknown"] = Number(tally.figures["unknown"] ?? 0) + unknown;
  return { effects: paths.length, unanswered };
}

/** The process dies at any moment. */
export const dr19: Drill = {
  id: "DR-19",
  name: "Crash at every step",
  scenario: { v: 1, kills: KILLS, calls: CALLS, within_ms: LONGEST_MS },
  expected:
    "no effect without an earlier decision on record, none twice, no answered call lost; what is not known is listed as unknown",
  async run(context) {
    const { tally, signal } = context;
    let [effects, unanswered] = [0, 0];
    const kills = roundsFor(context, KILLS, 1);
    for (let kill = 0; kill < kills && !signal.aborted; kill++) {
      const seen = await crash(context);
      effects += seen.effects;
      unanswered += seen.unanswered;
    }
    tally.figures["effects"] = effects;
    tally.figures["unanswered"] = unanswered;
    tally.needs(effects > 0 && unanswered > 0, "every kill came before or after all calls");
    tally.note(`${effects} effects and ${unanswered} calls without an answer over ${kills} kills`);
  },
};
