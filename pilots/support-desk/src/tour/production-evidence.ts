import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { TourEnvironment } from "./environment.ts";
import { must, transactionOf } from "./people-and-agents.ts";
import type { ProductionScene } from "./production-scene.ts";
import { verdictOf } from "./proof.ts";
import type { Shown } from "./tell.ts";

/**
 * The work under the first release, proven: with the release, its certificate and the four signatures.
 * @param tour - by whose CLI it is verified: away from the instance
 */
export async function evidenceChapter(
  tour: TourEnvironment,
  { env }: Pick<ProductionScene, "env">,
  { mandate, output }: { readonly mandate: string; readonly output: string },
): Promise<readonly Shown[]> {
  const [bundle, trust] = [join(output, "production.json"), join(output, "production-trust.json")];
  await Promise.all([bundle, trust].map((file) => rm(file, { force: true })));
  const txn = await transactionOf(env, mandate);
  must(await env.cli(["mandate", "close", mandate]), "closing the mandate");
  must(await env.cli(["log", "trust", "--output", trust]), "writing the trust file");
  must(await env.cli(["evidence", "export", "--txn", txn, "--output", bundle]), "exporting");
  const { exit, verdict } = await verdictOf(tour, bundle, trust);
  return [
    {
      claim: "the work in production verifies offline, with the release it ran under and the four signatures",
      held: exit === 0 && verdict === "verified",
      seen: `verdict: ${verdict}`,
      check: `npm run -s narrowgate -- verify ${bundle} --trust ${trust}`,
    },
  ];
}
