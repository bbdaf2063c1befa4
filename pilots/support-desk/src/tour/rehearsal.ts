import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openBrowser } from "../../../../packages/console/e2e/open-browser.ts";
import { enrolPeopleBehind } from "./desk-people.ts";
import { type DrillRun, followDrills } from "./drill-runner.ts";
import type { TourEnvironment } from "./environment.ts";
import { type OwnInstance, startOwnInstance } from "./own-instance.ts";
import { must } from "./people-and-agents.ts";
import type { SimulatedPerson } from "./person.ts";
import { layOutProduction } from "./production-registry.ts";
import { AGENT } from "./production-scene.ts";
import { joinTriage, type Triage } from "./triage.ts";
import { startWitness } from "./witness.ts";
import type { Workshop } from "./workshop.ts";

/** The instance where the release is tested: staging, the same registry file, its own people and log. */
export interface Rehearsal {
  readonly env: TourEnvironment;
  readonly drills: DrillRun;
  /** Writes what was tested, for the instance that promotes it. @returns the file */
  exportTested(name: string, declared: readonly string[]): Promise<string>;
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

/** The agent does its work, and one task of it is taken back in the middle: what controls are to see. */
async function workThere(env: TourEnvironment, { work, lookUp }: Triage): Promise<void> {
  for (const end of [
    ["mandate", "close"],
    ["revoke", "mandate"],
  ]) {
    const { mandate, session } = await work();
    await lookUp(session, "open_nodes");
    await lookUp(session, "search_nodes");
    const reason = end[0] === "revoke" ? ["--reason", "the rehearsal takes a task back"] : [];
    must(await env.cli([...end, mandate, ...reason]), "ending the task");
  }
}

async function exportTested(
  { env, output }: { readonly env: TourEnvironment; readonly output: string },
  name: string,
  declared: readonly string[],
): Promise<string> {
  const file = join(output, name);
  await rm(file, { force: true });
  const said = declared.flatMap((one) => ["--declare", one]);
  must(await env.cli(["release", "export", AGENT, ...said, "--output", file]), "exporting what was tested");
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
  await workThere(env, await joinTriage(env, person));
}

/** Starts it, lets the agent work there, and starts the drills, which go on beside the tour. */
export async function startRehearsal(tour: TourEnvironment, place: RehearsalPlace): Promise<Rehearsal> {
  const { output, ended } = place;
  const folder = join(output, "rehearsal");
  const instance = await startOwnInstance(tour, { folder, environment: "staging", settings: {}, ended });
  const { env } = instance;
  const witness = await startWitness(env, join(output, "rehearsal-witness"), ended);
  await prepare(instance, place);
  const drills = followDrills(env.start(["drill", "run", "--profile", "ci"]), ended);
  return {
    env,
    drills,
    exportTested: (name, declared) => exportTested({ env, output }, name, declared),
    async [Symbol.asyncDispose]() {
      await witness.close();
      await instance[Symbol.asyncDispose]();
    },
  };
}
