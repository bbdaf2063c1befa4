/**
 * The tour: a support desk of four agents goes through the gate, is attacked, stopped, and proven.
 * Run by `narrowgate tour`. Exit code 0 only when every claim held.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { tourEnvironment } from "./tour/environment.ts";
import { runTour } from "./tour/run-tour.ts";
import { createTeller } from "./tour/tell.ts";

const env = tourEnvironment();
const teller = createTeller(env.colour, (text) => process.stdout.write(text));
const output = join(env.dataDirectory, "tour");
await mkdir(output, { recursive: true, mode: 0o700 });
const started = Date.now();
const ended = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => ended.abort());
await runTour(env, teller, output, ended.signal);
const seconds = ((Date.now() - started) / 1000).toFixed(1);
const failed = teller.failures();
teller.chapter(
  failed === 0
    ? `All ${teller.count()} claims held (${seconds} s).`
    : `${failed} of ${teller.count()} claims FAILED (${seconds} s).`,
);
process.exitCode = failed === 0 ? 0 : 1;
