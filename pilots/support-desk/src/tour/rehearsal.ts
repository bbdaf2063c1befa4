import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openBrowser } from "../../../../packages/console/e2e/open-browser.ts";
import { enrolPeopleBehind } from "./desk-people.ts";
import type { DeskWork, ProductionAgent } from "./desk-work.ts";
import { type DrillRun, followDrills } from "./drill-runner.ts";
import type { TourEnvironment } from "./environment.ts";
import { type OwnInstance, startOwnInstance } from "./own-instance.ts";
import { must } from "./people-and-agents.ts";
import type { SimulatedPerson } from "./person.ts";
import { joinProductionAgents } from "./production-agents.ts";
import { layOutProduction } from "./production-registry.ts";
import { startWitness } from "./witness.ts";
import type { Workshop } from "./workshop.ts";

/** The instance where the release is tested: staging, the same registry file, its own people and log. */
export interface Rehearsal {
  readonly env: TourEnvironment;
  /** Those that `foundation` demands, on the plane. */
  readonly drills: DrillRun;
  /** One drill on an agent itself: it, its release and its load are carried into the sandbox. */
  drillOn(agent: ProductionAgent, drill: string, prompt: string): DrillRun;
  /** Writes what was tested of an agent, for the instance that promotes it. @returns the file */
  exportTested(agent: ProductionAgent, prompt: string): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where it happens, and with whom. */
export interface RehearsalPlace {
  readonly workshop: Workshop;
  readonly person: SimulatedPerson;
  /** Folder that the tour keeps. */
  readonly output: string;
  readonly ended: AbortSignal;
}

/** Both agents do their work, and one task is taken back in the middle: what controls are to see. */
async function workThere(env: TourEnvironment, { work, lookUp, handOn }: DeskWork): Promise<void> {
  const first = await work();
  await lookUp(first.session, "open_nodes");
  await lookUp(first.session, "search_nodes");
  await handOn(first.session);
  must(await env.cli(["mandate", "close", first.mandate]), "closing the mandate");
  const second = await work("desk-reader");
  await lookUp(second.session, "open_nodes");
  const words = ["revoke", "mandate", second.mandate, "--reason", "the rehearsal takes a task back"];
  must(await env.cli(words), "revoking the mandate");
}

async function exportTested(
  { env, output }: { readonly env: TourEnvironment; readonly output: string },
  agent: ProductionAgent,
  prompt: string,
): Promise<string> {
  const file = join(output, `tested-${agent}-${prompt}.json`);
  await rm(file, { force: true });
  const words = ["release", "export", agent, "--declare", `prompt=${prompt}`, "--output", file];
  must(await env.cli(words), "exporting what was tested");
  return file;
}

async function prepare(
  { env }: OwnInstance,
  { workshop, person }: Pick<RehearsalPlace, "workshop" | "person">,
): Promise<void> {
  const registry = await layOutProduction(workshop, person, "rehearsal");
  must(await env.cli(["apply", "--file", registry, "--yes", "--learn-pins"]), "applying the registry file");
  const browser = await openBrowser();
  await enrolPeopleBehind(env, browser).finally(() => browser.close());
  await workThere(env, await joinProductionAgents(env, person));
}

/** Starts it, lets the agent work there, and starts the drills, which go on beside the tour. */
export async function startRehearsal(tour: TourEnvironment, place: RehearsalPlace): Promise<Rehearsal> {
  const { output, ended } = place;
  const folder = join(output, "rehearsal");
  const instance = await startOwnInstance(tour, { folder, environment: "staging", settings: {}, ended });
  const { env } = instance;
  const witness = await startWitness(env, join(output, "rehearsal-witness"), ended);
  await prepare(instance, place);
  const drills = followDrills(env.start(["drill", "run", "--profile", "foundation"]), ended);
  return {
    env,
    drills,
    drillOn: (agent, drill, prompt) =>
      followDrills(
        env.start(["drill", "run", drill, "--agent", agent, "--declare", `prompt=${prompt}`]),
        ended,
      ),
    exportTested: (agent, prompt) => exportTested({ env, output }, agent, prompt),
    async [Symbol.asyncDispose]() {
      await witness.close();
      await instance[Symbol.asyncDispose]();
    },
  };
}
