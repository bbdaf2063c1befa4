import { text } from "node:stream/consumers";
import { parseStrictJson } from "@narrowgate/kernel";
import { ABSENT, DRILLS } from "./drills/all-drills.ts";
import { parseJob } from "./run/job.ts";
import { runDrills } from "./run/run-drills.ts";
import type { DriverEvent } from "./run/tell.ts";

/** A job may bring a pilot with everything its release is made of. */
const JOB = { maxBytes: 134_217_728, maxKeys: 4_000_000 };

/** One line of JSON an event: what the process that started us reads. */
function tell(event: DriverEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** What there is to run, for who asks before. */
function listed(): object {
  const drills = [...DRILLS, ...ABSENT].map(({ id, name, expected, absent, profile, simulated = [] }) => ({
    id,
    name,
    expected,
    simulated,
    runs: absent === undefined,
    ...(profile === undefined ? {} : { profile }),
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
  const job = parseJob(parseStrictJson(await text(process.stdin), JOB));
  await runDrills(job, [...DRILLS, ...ABSENT], tell, stopped.signal);
}

main().catch((error: unknown) => {
  tell({ event: "failed", message: error instanceof Error ? error.message : "unknown" });
  process.exitCode = 1;
});
