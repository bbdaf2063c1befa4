import { createInterface } from "node:readline";
import { type JsonObject, parseStrictJson } from "@narrowgate/kernel";
import type { CliProcess } from "./environment.ts";

/** A run of drills that goes on beside the tour. */
export interface DrillRun {
  /** Waits for its end. @param told - is given a line for each drill that ends, those that ended before as well */
  finished(told: (line: string) => void): Promise<DrillsDone>;
}

/** What a run came to. */
export interface DrillsDone {
  readonly exit: number;
  readonly results: readonly JsonObject[];
  readonly seconds: number;
}

function lineOf({ drill, verdict, failures, trials, bound, load, unmet }: JsonObject): string {
  const counted = `${failures} of ${trials} trials failed, bound ${bound}`;
  return `${drill} at ${load}: ${String(verdict).replaceAll("_", " ")}, ${unmet === undefined ? counted : String(unmet)}`;
}

async function follow({ stdout }: CliProcess, taken: (result: JsonObject) => void): Promise<void> {
  for await (const line of createInterface({ input: stdout })) {
    const event = Object(parseStrictJson(line, { maxBytes: 1_048_576 }));
    if (event.event === "result") taken(Object(event.result));
  }
}

/** Follows a `narrowgate drill run` that was started. @param ended - stops it */
export function followDrills(child: CliProcess, ended: AbortSignal): DrillRun {
  const started = Date.now();
  const results: JsonObject[] = [];
  let tell = (_: JsonObject): void => undefined;
  child.stderr.resume();
  const stop = (): void => void child.kill("SIGTERM");
  ended.addEventListener("abort", stop);
  const exited = new Promise<number>((resolve) => {
    child.once("error", () => resolve(70));
    child.once("close", (code) => resolve(code ?? 70));
  });
  const followed = follow(child, (result) => {
    results.push(result);
    tell(result);
  });
  // Whoever waits is told; until then it must not end the tour.
  followed.catch(() => undefined);
  return {
    async finished(told) {
      for (const result of results) told(lineOf(result));
      tell = (result) => told(lineOf(result));
      await followed;
      const exit = await exited;
      ended.removeEventListener("abort", stop);
      return { exit, results, seconds: Math.round((Date.now() - started) / 1000) };
    },
  };
}
