import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type JsonObject, parseStrictJson } from "@narrowgate/kernel";
import type { CliAnswer, TourEnvironment } from "./environment.ts";
import { must } from "./people-and-agents.ts";
import { freePort } from "./workshop.ts";

const SERVER = fileURLToPath(new URL("../../../../packages/server/src/main.ts", import.meta.url));

/** An instance beside the one the tour began with: own folder, keys, log and people. */
export interface OwnInstance {
  /** As its first operator. */
  readonly env: TourEnvironment;
  /** As its second operator: in production policies come into force by two. */
  asSecond(args: readonly string[]): Promise<CliAnswer>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where it is made, and as what. */
export interface InstancePlan {
  /** A folder that the tour keeps; what an earlier tour left there goes. */
  readonly folder: string;
  readonly environment: "staging" | "prod";
  /** Further settings, as `config.json` has them. */
  readonly settings: JsonObject;
  /** Ends its server. */
  readonly ended: AbortSignal;
}

interface Started {
  readonly child: ChildProcess;
  /** The one-time code for the first operator, where there is none yet. */
  readonly code: string;
}

async function start({ folder, ended }: InstancePlan): Promise<Started> {
  const node = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];
  const log = openSync(join(folder, "server.log"), "a", 0o600);
  const args = [...node, SERVER, "--config", join(folder, "config.json"), "--create"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", log], signal: ended });
  child.once("error", () => undefined);
  const { stdout } = child;
  if (stdout === null) throw new TypeError("an instance of the tour has no standard output");
  let code = "";
  for await (const line of createInterface({ input: stdout })) {
    const said = Object(parseStrictJson(line));
    if (said.event === "operator-code") code = String(said.code);
    if (said.event === "ready") return { child, code };
  }
  throw new TypeError(`an instance of the tour did not start: see ${folder}/server.log`);
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

function configOf(
  { environment, settings }: InstancePlan,
  [port, pages]: readonly [number, number],
): JsonObject {
  return {
    environment,
    base_url: `http://localhost:${port}`,
    listen: { host: "127.0.0.1", port },
    data_directory: ".",
    store: { kind: "sqlite", path: "store/narrowgate.sqlite" },
    anchor_file: "anchor/anchor.json",
    approvals: { origin: `http://localhost:${pages}`, listen: { host: "127.0.0.1", port: pages } },
    gate_profile: "foundation",
    ...settings,
  };
}

/** Makes it, with two operators. */
export async function startOwnInstance(tour: TourEnvironment, plan: InstancePlan): Promise<OwnInstance> {
  const { folder } = plan;
  await rm(folder, { recursive: true, force: true });
  for (const part of ["", "store", "anchor"])
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  const port = await freePort();
  const config = configOf(plan, [port, await freePort()]);
  await writeFile(join(folder, "config.json"), JSON.stringify(config, null, 2), { mode: 0o600 });
  const running = await start(plan);
  const as = (key: string, args: readonly string[]): readonly string[] => [
    ...args,
    "--data",
    folder,
    "--operator-key",
    join(folder, key),
  ];
  const first = (args: readonly string[]): Promise<CliAnswer> => tour.cli(as("dana.json", args));
  const second = (args: readonly string[]): Promise<CliAnswer> => tour.cli(as("lee.json", args));
  await enrolOperators(first, second, { folder, code: running.code });
  return {
    env: {
      ...tour,
      baseUrl: `http://localhost:${port}`,
      dataDirectory: folder,
      cli: first,
      start: (args) => tour.start(as("dana.json", args)),
    },
    asSecond: second,
    [Symbol.asyncDispose]: () => end(running),
  };
}
