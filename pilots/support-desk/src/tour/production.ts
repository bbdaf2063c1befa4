import { join } from "node:path";
import { openBrowser } from "../../../../packages/console/e2e/open-browser.ts";
import { enrolPeopleBehind } from "./desk-people.ts";
import type { TourEnvironment } from "./environment.ts";
import { startOwnInstance } from "./own-instance.ts";
import { must } from "./people-and-agents.ts";
import { joinProductionAgents } from "./production-agents.ts";
import { evidenceChapter } from "./production-evidence.ts";
import { applyProduction, layOutProduction } from "./production-registry.ts";
import type { ProductionScene } from "./production-scene.ts";
import { signedChapter } from "./production-signed.ts";
import { testedChapter } from "./production-tested.ts";
import { unsignedChapter } from "./production-unsigned.ts";
import type { Rehearsal, RehearsalPlace } from "./rehearsal.ts";
import { enrolSigners } from "./release-signers.ts";
import type { Teller } from "./tell.ts";
import { startWitness } from "./witness.ts";

async function tell(
  tour: TourEnvironment,
  teller: Teller,
  { scene, output }: { readonly scene: ProductionScene; readonly output: string },
): Promise<void> {
  teller.chapter("8. Production: four signatures, and not enough");
  for (const shown of await unsignedChapter(scene)) teller.show(shown);
  teller.chapter("9. Tested: drills on sandboxes, controls computed from the log");
  await testedChapter(scene, teller);
  teller.chapter("10. A release under the profile `foundation`");
  const signed = await signedChapter(scene, teller);
  teller.chapter("11. Proof of production");
  for (const shown of await evidenceChapter(tour, scene, { signed, output })) teller.show(shown);
  teller.note(
    `the instance of production ends here; this starts it again: npm run -s narrowgate -- up --data ${scene.env.dataDirectory}`,
  );
}

/** From an agent that nobody signed to a release that is rolled back. */
export async function productionChapters(
  tour: TourEnvironment,
  teller: Teller,
  { workshop, person, output, ended, rehearsal }: RehearsalPlace & { readonly rehearsal: Rehearsal },
): Promise<void> {
  // Who promotes trusts the log of who tested by a file that comes by other means than the tested release.
  const trust = join(output, "rehearsal-trust.json");
  must(await rehearsal.env.cli(["log", "trust", "--output", trust]), "writing the trust file");
  const plan = { folder: join(output, "production"), settings: { tested_by: trust }, ended };
  await using production = await startOwnInstance(tour, { ...plan, environment: "prod" });
  const { env } = production;
  const witness = await startWitness(env, join(output, "production-witness"), ended);
  const browser = await openBrowser();
  try {
    const registry = await layOutProduction(workshop, person, "production");
    await applyProduction(production, registry);
    await enrolPeopleBehind(env, browser);
    const signers = await enrolSigners(env, browser);
    const agents = await joinProductionAgents(env, person);
    const scene = { production, env, signers, workshop, registry, rehearsal, ...agents };
    await tell(tour, teller, { scene, output });
  } finally {
    await browser.close();
    await witness.close();
  }
}
