import { join } from "node:path";
import { callTool, createTokenClient, enrol, generateAgentKey, openSession } from "@narrowgate/agent";
import { openBrowser } from "../../../../packages/console/e2e/open-browser.ts";
import type { TourEnvironment } from "./environment.ts";
import { handOver, must } from "./people-and-agents.ts";
import type { SimulatedPerson } from "./person.ts";
import { evidenceChapter } from "./production-evidence.ts";
import { startProduction } from "./production-instance.ts";
import { applyProduction, layOutProduction } from "./production-registry.ts";
import { AGENT, type ProductionScene } from "./production-scene.ts";
import { signedChapter } from "./production-signed.ts";
import { unsignedChapter } from "./production-unsigned.ts";
import { enrolSigners } from "./release-signers.ts";
import type { Teller } from "./tell.ts";
import { startWitness } from "./witness.ts";
import type { Workshop } from "./workshop.ts";

async function joinTriage(env: TourEnvironment): Promise<ReturnType<typeof createTokenClient>> {
  const { code } = must(await env.cli(["agent", "join-code", AGENT]), "a join code");
  const key = await generateAgentKey();
  await enrol({ issuer: env.baseUrl, agent: AGENT, code: String(code), key });
  return createTokenClient({ issuer: env.baseUrl, agent: AGENT, key });
}

const ARGUMENTS = { open_nodes: { names: ["Ada Moreau"] }, search_nodes: { query: "gold" } };

/** From an agent that nobody signed to a release that is rolled back. */
export async function productionChapters(
  tour: TourEnvironment,
  teller: Teller,
  more: {
    readonly workshop: Workshop;
    readonly person: SimulatedPerson;
    readonly output: string;
    readonly ended: AbortSignal;
  },
): Promise<void> {
  const { workshop, person, output, ended } = more;
  const place = { folder: join(output, "production"), profile: "foundation", ended };
  await using production = await startProduction(tour, place);
  const { env } = production;
  const witness = await startWitness(env, join(output, "production-witness"), ended);
  const browser = await openBrowser();
  try {
    const registry = await layOutProduction(workshop, person);
    await applyProduction(production, registry);
    const client = await joinTriage(env);
    const scene: ProductionScene = {
      production,
      env,
      signers: await enrolSigners(env, browser),
      workshop,
      registry,
      async work() {
        const mandate = await handOver(env, person, client, { agent: AGENT, purpose: "look a customer up" });
        return { mandate, session: openSession(client, mandate) };
      },
      lookUp: (session, tool) => callTool(session, `${env.baseUrl}/mcp/memory`, tool, ARGUMENTS[tool]),
    };
    teller.chapter("8. Production: four signatures, and not enough");
    for (const shown of await unsignedChapter(scene)) teller.show(shown);
    teller.chapter("9. A release under a profile of the tour's own");
    const { mandate } = await signedChapter(scene, teller);
    teller.chapter("10. Proof of production");
    for (const shown of await evidenceChapter(tour, scene, { mandate, output })) teller.show(shown);
    teller.note(
      `the instance of production ends here; this starts it again: npm run -s narrowgate -- up --data ${env.dataDirectory}`,
    );
  } finally {
    await browser.close();
    await witness.close();
  }
}
