import type { ProductionAgent } from "./desk-work.ts";
import { AGENT, command, type ProductionScene } from "./production-scene.ts";
import { textsOf } from "./production-unsigned.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Shown, Teller } from "./tell.ts";

/** What sandboxes withstood, and what the controls say of the agent where it was tested. */
export async function testedChapter({ rehearsal }: ProductionScene, teller: Teller): Promise<void> {
  const { env, drills } = rehearsal;
  teller.note(
    `A third instance, of staging, has the same registry file: there the agent worked, and beside this tour drills attack sandboxes of the same build (simulated: the servers behind them, people's devices). What they come to:`,
  );
  const { exit, results, seconds } = await drills.finished((line) => teller.note(line));
  const failed = results.filter(({ verdict }) => verdict === "fail").length;
  const passed = results.filter(({ verdict }) => verdict === "pass").length;
  teller.show({
    claim: "the drills ran on sandboxes of this build, and none failed",
    held: exit !== 1 && failed === 0 && passed > 0,
    seen: `${passed} passed, ${failed} failed, ${results.length - passed - failed} could not run, in ${seconds} s`,
    check: command(env, "drill list"),
  });
  for (const drill of ["DR-02", "DR-26"]) teller.show(await onTheAgent(rehearsal, drill));
  for (const agent of ["desk-triage", "desk-reader"] as const) teller.show(await ready(env, agent));
}

const ATTACKS: Readonly<Record<string, string>> = {
  "DR-02": "with its stolen token",
  "DR-26": "by its tokens after each was revoked",
};

/** The agent itself is attacked, in a sandbox that has the very release which the four are to sign. */
async function onTheAgent({ env, drillOn }: Rehearsal, drill: string): Promise<Shown> {
  const { results } = await drillOn(AGENT, drill, "first").finished(() => undefined);
  const [{ verdict, failures, trials, release, agent } = {}] = results;
  return {
    claim: `${AGENT} itself is attacked in a sandbox of the same release, ${ATTACKS[drill]}`,
    held: verdict === "pass" && agent === AGENT && typeof release === "string",
    seen: `${drill}: ${verdict}, ${failures} of ${trials} trials failed; release ${release}`,
    check: command(env, `drill show ${drill}`),
  };
}

async function ready(env: ProductionScene["env"], agent: ProductionAgent): Promise<Shown> {
  const { exit, json } = await env.cli(["readiness", agent]);
  const blocking = textsOf(json, "blocking");
  return {
    claim: `of ${agent}, where it was tested, only what the four and the gate decide is left open under \`foundation\``,
    held: exit <= 1 && blocking.every((id) => LEFT_TO_THE_GATE.includes(id)),
    seen: `${String(json["headline"])} ${blocking.join(", ")}`,
    check: command(env, `readiness ${agent} --operator-key ${env.dataDirectory}/dana.json`),
  };
}

/** Controls about the release itself: they hold once it is signed. */
const LEFT_TO_THE_GATE: readonly string[] = ["IDN-03", "POL-03", "REL-01", "REL-03", "REL-04"];
