import { text } from "node:stream/consumers";
import { parseStrictJson } from "@narrowgate/kernel";
import { ABSENT, DRILLS } from "./drills/all-drills.ts";
import { parseJob } from "./run/job.ts";
import { type DriverEvent, runDrills } from "./run/run-drills.ts";

/** One line of JSON an event: what the process that started us reads. */
function tell(event: DriverEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** What there is to run, for who asks before. */
function listed(): object {
  const drills = [...DRILLS, ...ABSENT].map(({ id, name, expected, absent, simulated = [] }) => ({
    id,
    name,
    expected,
    simulated,
    runs: absent === undefined,
    ...(absent === undefined ? {} : { absent }),
  }));
  return { drills: drills.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

async function main(): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopped.abort());
  // Whoever started us may be gone: then nobody is left to stop us.
  process.stdout.on("error", () => stopped.abort());
  if (process.argv.includes("--list")) {
    process.stdout.write(`${JSON.stringify(listed())}\n`);
    return;
  }
  const job = parseJob(parseStrictJson(await text(process.stdin), { maxBytes: 16_777_216 }));
  const wanted = [...DRILLS, ...ABSENT].filter(({ id }) => job.drills.includes(id));
  await runDrills(job, wanted, tell, stopped.signal);
}

main().catch((error: unknown) => {
  tell({ event: "failed", message: error instanceof Error ? error.message : "unknown" });
  process.exitCode = 1;
});
