import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseStrictJson } from "@narrowgate/kernel";
import type { TourEnvironment } from "./environment.ts";
import { must } from "./people-and-agents.ts";

const WITNESS = fileURLToPath(
  new URL("../../../../packages/server/src/evidence/witness/witness-main.ts", import.meta.url),
);

/** The port of an earlier run, so that the witness an instance knows is found again; 0 for any. */
async function savedPort(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "0");
}

const CONFLICT = 6;

/** A witness in a process of its own; in earnest it runs where the log's operator cannot reach it. @param ended - ends it */
export async function startWitness(
  env: TourEnvironment,
  state: string,
  ended: AbortSignal,
): Promise<{ close(): Promise<void> }> {
  const status = must(await env.cli(["status"]), "reading the status");
  const log =
    typeof status["log"] === "object" && status["log"] !== null && "key" in status["log"]
      ? String(status["log"].key)
      : "";
  const flags = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];
  const portFile = `${state}.port`;
  const told = [
    "--state",
    state,
    "--name",
    "tour-witness",
    "--log",
    log,
    "--port",
    await savedPort(portFile),
  ];
  const child = spawn(process.execPath, [...flags, WITNESS, ...told], {
    stdio: ["ignore", "pipe", "inherit"],
    signal: ended,
  });
  child.once("error", () => undefined);
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const said = Object.fromEntries(Object.entries(parseStrictJson(String(line)) ?? {}));
  const port = String(said["port"]);
  await writeFile(portFile, port);
  const added = await env.cli(["witness", "add", `http://127.0.0.1:${port}`, String(said["key"])]);
  // A second tour of one instance finds its witness there already.
  if (added.exit !== CONFLICT) must(added, "adding the witness");
  return {
    async close() {
      // Else the instance would go on asking a witness that is gone, and new trust files would name it. A tour that was
      // broken off may find the server gone; then `status` says that the witness is behind.
      await env.cli(["witness", "remove", String(said["key"])]);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
