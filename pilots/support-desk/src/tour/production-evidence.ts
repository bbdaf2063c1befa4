import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@narrowgate/kernel";
import type { TourEnvironment } from "./environment.ts";
import { must, transactionOf } from "./people-and-agents.ts";
import { AGENT, command, type ProductionScene, type Signed } from "./production-scene.ts";
import { textsOf } from "./production-unsigned.ts";
import { verdictOf } from "./proof.ts";
import type { Shown } from "./tell.ts";

interface Kept {
  readonly bundle: string;
  readonly pack: string;
  readonly trust: string;
}

/** A pack is done when all in it is: what is still under way would be `open`. */
async function closeAll({ env }: Pick<ProductionScene, "env">): Promise<void> {
  const { mandates } = must(await env.cli(["mandate", "list"]), "listing mandates");
  for (const one of Array.isArray(mandates) ? mandates : [])
    must(await env.cli(["mandate", "close", String(Object(one).id)]), "closing a mandate");
}

async function exportAll(
  scene: Pick<ProductionScene, "env">,
  { mandate, release }: Signed,
  { bundle, pack, trust }: Kept,
): Promise<JsonObject> {
  await Promise.all([bundle, pack, trust].map((file) => rm(file, { force: true })));
  const { env } = scene;
  const txn = await transactionOf(env, mandate);
  await closeAll(scene);
  must(await env.cli(["log", "trust", "--output", trust]), "writing the trust file");
  must(await env.cli(["evidence", "export", "--txn", txn, "--output", bundle]), "exporting");
  const words = ["evidence", "export", "--release", release, "--output", pack];
  return must(await env.cli(words), "exporting the evidence pack");
}

/** Going back is no reason to sign anew: what is in force is judged by the proposal it was signed in. */
async function readyAgain({ env }: Pick<ProductionScene, "env">): Promise<Shown> {
  const { exit, json } = await env.cli(["readiness", AGENT]);
  const blocking = textsOf(json, "blocking");
  return {
    claim: "once its work is closed, readiness says that nothing blocks the release that is in force again",
    held: exit === 0 && blocking.length === 0,
    seen: `${String(json["headline"])} ${blocking.join(", ")}`.trim(),
    check: command(env, `readiness ${AGENT}`),
  };
}

/**
 * The work under the first release, proven: with the release, its certificate and the four signatures; and the evidence
 * pack of that release, as an auditor is given it.
 * @param tour - by whose CLI it is verified: away from the instance
 */
export async function evidenceChapter(
  tour: TourEnvironment,
  scene: Pick<ProductionScene, "env">,
  { signed, output }: { readonly signed: Signed; readonly output: string },
): Promise<readonly Shown[]> {
  const at = (name: string): string => join(output, name);
  const kept = {
    bundle: at("production.json"),
    pack: at("evidence.tar"),
    trust: at("production-trust.json"),
  };
  const { end } = await exportAll(scene, signed, kept);
  const { population, sensitive, sampled } = Object(end);
  const proven = async (claim: string, file: string, more: string): Promise<Shown> => {
    const { exit, verdict } = await verdictOf(tour, file, kept.trust);
    return {
      claim,
      held: exit === 0 && verdict === "verified",
      seen: `verdict: ${verdict}${more}`,
      check: `npm run -s narrowgate -- verify ${file} --trust ${kept.trust}`,
    };
  };
  return [
    await readyAgain(scene),
    await proven(
      "the work in production verifies offline, with the release it ran under and the four signatures",
      kept.bundle,
      "",
    ),
    await proven(
      "and so does the evidence pack of that release: reports, drills, signatures, and what the agent did",
      kept.pack,
      `; of ${population} transactions ${sensitive} sensitive, ${sampled} drawn by lot`,
    ),
  ];
}
