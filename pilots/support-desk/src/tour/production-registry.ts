import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OwnInstance } from "./own-instance.ts";
import { must } from "./people-and-agents.ts";
import type { SimulatedPerson } from "./person.ts";
import type { Workshop } from "./workshop.ts";

const FILES = fileURLToPath(new URL("../../production", import.meta.url));

/**
 * Lays the registry file of production out, for the memory server and the simulated people of this tour.
 * @param name - folder of its own in the workshop: what changes in production does not change where it was tested
 * @returns the file
 */
export async function layOutProduction(
  workshop: Workshop,
  { jwks }: SimulatedPerson,
  name: string,
): Promise<string> {
  const folder = join(workshop.directory, name);
  await cp(FILES, folder, { recursive: true });
  const file = join(folder, "narrowgate.yaml");
  const template = await readFile(file, "utf8");
  const filled = template
    .replace("http://127.0.0.1:7431/mcp", workshop.memoryUrl)
    .replace(/^ {4}jwks: .*$/m, `    jwks: ${JSON.stringify(jwks)}`);
  await writeFile(file, filled);
  return file;
}

/** Applies it: what the first operator proposes comes into force with the second one's signature. */
export async function applyProduction({ env, asSecond }: OwnInstance, file: string): Promise<void> {
  const words = ["apply", "--file", file, "--yes", "--learn-pins"];
  const alone = await env.cli(words);
  if (codeOf(alone.json) !== "conflict")
    throw new TypeError(`one operator alone, for policies of production: ${JSON.stringify(alone.json)}`);
  must(await asSecond(words), "applying the registry file of production");
}

/** The code that a command was refused with. */
export function codeOf(json: object): string {
  const { error } = Object(json);
  return String(Object(error).code ?? "none");
}
