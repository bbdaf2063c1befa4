import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseStrictJson } from "@narrowgate/kernel";
import type { TourEnvironment } from "./environment.ts";
import { must } from "./people-and-agents.ts";

const WITNESS = fileURLToPath(
  new URL("../../../../packages/server/src/evidence/witness/witness-main.ts", import.meta.url),
);

/** A witness in a process of its own; in earnest it runs where the log's operator cannot reach it. */
export async function startWitness(env: TourEnvironment, state: string): Promise<{ close(): Promise<void> }> {
  const status = must(await env.cli(["status"]), "reading the status");
  const log =
    typeof status["log"] === "object" && status["log"] !== null && "key" in status["log"]
      ? String(status["log"].key)
      : "";
  const flags = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(
    process.execPath,
    [...flags, WITNESS, "--state", state, "--name", "tour-witness", "--log", log],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const said = Object.fromEntries(Object.entries(parseStrictJson(String(line)) ?? {}));
  must(
    await env.cli(["witness", "add", `http://127.0.0.1:${String(said["port"])}`, String(said["key"])]),
    "adding the witness",
  );
  return {
    async close() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
