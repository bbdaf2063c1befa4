import { mkdir } from "node:fs/promises";
import { startUpstreams } from "../stage/upstreams.ts";
import type { Drill } from "./drill.ts";
import { type Ground, Houses } from "./houses.ts";
import type { Job, WantedDrill } from "./job.ts";
import { runOne } from "./run-one.ts";
import type { Tell } from "./tell.ts";

/** A drill that is asked for, with how it is asked for. */
interface Asked {
  readonly drill: Drill;
  readonly wanted: WantedDrill;
}

async function run(
  ground: Ground,
  houses: Houses,
  { drill, wanted }: Asked,
  signal: AbortSignal,
): Promise<void> {
  const { tell } = ground;
  const house = await houses.for(drill);
  tell({ event: "began", drill: drill.id, name: drill.name, load: wanted.load });
  try {
    tell({ event: "result", result: await runOne({ ground, signal, drill, wanted, house }) });
  } catch (cause) {
    tell({
      event: "failed",
      message: `${drill.id}: ${cause instanceof Error ? cause.message : "unknown"}`,
    });
    await houses.close();
  } finally {
    if (house.isOnce === true) await house.sandbox.close();
  }
}

function planOf({ pilot }: Job, asked: readonly Asked[]): Parameters<Tell>[0] {
  const drills = asked.map(({ wanted }) => ({ drill: wanted.drill, load: wanted.load }));
  const about = pilot === undefined ? {} : { agent: pilot.agent, release: pilot.release };
  return { event: "plan", drills, ...about };
}

/** Runs the drills of a job one after the other, in the order in which they are known. Each result is told as soon as it is there. */
export async function runDrills(
  job: Job,
  known: readonly Drill[],
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const asked = known.flatMap((drill) => {
    const wanted = job.drills.find((one) => one.drill === drill.id);
    return wanted === undefined ? [] : [{ drill, wanted }];
  });
  tell(planOf(job, asked));
  const upstreams = await startUpstreams();
  upstreams.standIn(job.pilot?.definitions ?? []);
  await mkdir(job.folder, { recursive: true, mode: 0o700 });
  const ground = { job, upstreams, tell };
  const houses = new Houses(ground);
  try {
    for (const one of asked) if (!signal.aborted) await run(ground, houses, one, signal);
  } finally {
    await houses.close();
    await upstreams.close();
  }
}
