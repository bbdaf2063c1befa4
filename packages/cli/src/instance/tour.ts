import { fileURLToPath } from "node:url";
import type { Call } from "../command.ts";
import { dataDirectory } from "../places/directories.ts";
import type { InstancePlace } from "../places/instance.ts";
import { runChild } from "./run-child.ts";
import { tourEnvironment } from "./tour-environment.ts";

/** The tour is a program of the sample pilot: started, never imported. */
const TOUR = fileURLToPath(new URL("../../../../pilots/support-desk/src/tour.ts", import.meta.url));
const CLI = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Runs the tour against a running instance. @returns its exit code: 0 only when all of it verified */
export async function runTour(call: Call, place: InstancePlace): Promise<number> {
  const node = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];
  const told = tourEnvironment(place, {
    folder: dataDirectory(call),
    cli: CLI,
    colour: call.terminal.colour,
  });
  return runChild([process.execPath, ...node, TOUR], {
    env: { ...call.env, ...told },
    cwd: call.directory,
    // With --json our standard output holds one document, so the tour speaks on standard error.
    stdio: ["ignore", call.terminal.json ? 2 : "inherit", "inherit"],
  });
}
