import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "../../packages/drills/src/run/drill.ts";
import { Tally } from "../../packages/drills/src/run/tally.ts";
import { openSandbox, type Sandbox } from "../../packages/drills/src/stage/sandbox.ts";
import { OWN_TARGET } from "../../packages/drills/src/stage/target.ts";
import { startUpstreams, type Upstreams } from "../../packages/drills/src/stage/upstreams.ts";
import type { Agent } from "../../packages/drills/src/wire/agent.ts";

const SERVER = fileURLToPath(new URL("../../packages/server/src/main.ts", import.meta.url));
const VERIFIER = fileURLToPath(new URL("../../packages/verifier/src/bin.node.ts", import.meta.url));
const FLAGS = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];

/** A sandbox that runs the server with one thing broken, or nothing. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly upstreams: Upstreams;
  /** That one, and those that drills opened beside it. */
  all(): readonly Sandbox[];
  /** A context for one drill, with a count of its own. */
  context(): Context;
  close(): Promise<void>;
}

/** The server's program, with a sabotage where one is named. */
function programOf(sabotage: string | undefined): readonly string[] {
  if (sabotage === undefined) return [process.execPath, ...FLAGS, SERVER];
  const hook = new URL("./break-module.ts", import.meta.url);
  hook.searchParams.set("id", sabotage);
  return [process.execPath, ...FLAGS, "--import", hook.href, SERVER];
}

/**
 * Opens it.
 * @param sabotage - id; undefined: as it is
 * @param house - folder of several stages, which share the code that was compiled beside them
 */
export async function openStage(sabotage: string | undefined, house: string = tmpdir()): Promise<Stage> {
  const folder = await mkdtemp(join(house, "narrowgate-sabotage-"));
  const upstreams = await startUpstreams();
  const made: Sandbox[] = [];
  const open = async (more: object = {}): Promise<Sandbox> => {
    const program = programOf(sabotage);
    // Compiled code lies beside a sandbox: beside the stage, where stages share a house.
    const place = house === tmpdir() ? join(folder, `sandbox-${made.length}`) : `${folder}-${made.length}`;
    const sandbox = await openSandbox({ program, folder: place, environment: "staging", upstreams, ...more });
    made.push(sandbox);
    return sandbox;
  };
  const close = async (): Promise<void> => {
    for (const sandbox of made) await sandbox.close();
    await upstreams.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const sandbox = await open();
    const agents = new Map<string, Promise<Agent>>();
    return {
      sandbox,
      upstreams,
      all: () => made,
      close,
      context: () => ({
        sandbox,
        upstreams,
        tally: new Tally(),
        load: "L0",
        target: OWN_TARGET,
        ownCanWork: true,
        trials: 0,
        minutes: 1,
        random: Math.random,
        signal: new AbortController().signal,
        verifier: [process.execPath, ...FLAGS, VERIFIER],
        another: open,
        agent(id) {
          const known = agents.get(id) ?? sandbox.join(id);
          agents.set(id, known);
          return known;
        },
      }),
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}
