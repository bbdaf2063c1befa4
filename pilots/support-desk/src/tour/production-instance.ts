import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseStrictJson } from "@narrowgate/kernel";
import type { CliAnswer, TourEnvironment } from "./environment.ts";
import { must } from "./people-and-agents.ts";
import { freePort } from "./workshop.ts";

const SERVER = fileURLToPath(new URL("../../../../packages/server/src/main.ts", import.meta.url));

/** An instance of production beside the one the tour began with: own folder, keys, log and people. */
export interface ProductionInstance {
  /** As its first operator. */
  readonly env: TourEnvironment;
  /** A second operator: in production policies come into force by two. */
  asSecond(args: readonly string[]): Promise<CliAnswer>;
  /** Starts it anew with another gate profile. @param profile - a name that ships, or a profile of one's own */
  nameProfile(profile: string | object): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where it is made. */
export interface ProductionPlace {
  /** A folder that the tour keeps; what an earlier tour left there goes. */
  readonly folder: string;
  /** Gate profile that the deployment names at first. */
  readonly profile: string;
  /** Ends its server. */
  readonly ended: AbortSignal;
}

interface Started {
  readonly child: ChildProcess;
  /** The one-time code for the first operator, where there is none yet. */
  readonly code: string;
}

async function start({ folder, ended }: ProductionPlace, flags: readonly string[]): Promise<Started> {
  const node = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];
  const log = openSync(join(folder, "server.log"), "a", 0o600);
  const args = [...node, SERVER, "--config", join(folder, "config.json"), ...flags];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", log], signal: ended });
  child.once("error", () => undefined);
  const { stdout } = child;
  if (stdout === null) throw new TypeError("the instance of production has no standard output");
  let code = "";
  for await (const line of createInterface({ input: stdout })) {
    const said = Object(parseStrictJson(line));
    if (said.event === "operator-code") code = String(said.code);
    if (said.event === "ready") return { child, code };
  }
  throw new TypeError(`the instance of production did not start: see ${folder}/server.log`);
}

async function end({ child }: Started): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

async function enrolOperators(
  first: (args: readonly string[]) => Promise<CliAnswer>,
  second: (args: readonly string[]) => Promise<CliAnswer>,
  { folder, code }: { readonly folder: string; readonly code: string },
): Promise<void> {
  const [codeFile, requestFile] = [join(folder, "operator.code"), join(folder, "second.request")];
  await writeFile(codeFile, code, { mode: 0o600 });
  must(await first(["operator", "enrol", "--name", "dana", "--code-file", codeFile]), "the first operator");
  const request = must(
    await second(["operator", "enrol", "--name", "lee", "--request"]),
    "the second operator",
  );
  await writeFile(requestFile, JSON.stringify(request));
  must(await first(["operator", "enrol", "--admit", requestFile]), "admitting the second operator");
  await Promise.all([codeFile, requestFile].map((file) => rm(file)));
}

/** Makes it, with two operators. */
export async function startProduction(
  tour: TourEnvironment,
  place: ProductionPlace,
): Promise<ProductionInstance> {
  const { folder, profile } = place;
  await rm(folder, { recursive: true, force: true });
  for (const part of ["", "store", "anchor"])
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  const [port, approvals] = [await freePort(), await freePort()];
  const configFile = join(folder, "config.json");
  const config = {
    environment: "prod",
    base_url: `http://localhost:${port}`,
    listen: { host: "127.0.0.1", port },
    data_directory: ".",
    store: { kind: "sqlite", path: "store/narrowgate.sqlite" },
    anchor_file: "anchor/anchor.json",
    approvals: {
      origin: `http://localhost:${approvals}`,
      listen: { host: "127.0.0.1", port: approvals },
    },
    gate_profile: profile,
  };
  await writeFile(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });
  let running = await start(place, ["--create"]);
  const as = (key: string) => (args: readonly string[]) =>
    tour.cli([...args, "--data", folder, "--operator-key", join(folder, key)]);
  const [first, second] = [as("dana.json"), as("lee.json")];
  await enrolOperators(first, second, { folder, code: running.code });
  return {
    env: { ...tour, baseUrl: config.base_url, dataDirectory: folder, cli: first },
    asSecond: second,
    async nameProfile(other) {
      await end(running);
      const written = Object(parseStrictJson(await readFile(configFile)));
      await writeFile(configFile, JSON.stringify({ ...written, gate_profile: other }, null, 2));
      running = await start(place, []);
    },
    [Symbol.asyncDispose]: () => end(running),
  };
}
