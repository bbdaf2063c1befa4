import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { type JsonObject, parseStrictJson } from "@narrowgate/kernel";

/** What `narrowgate tour` tells this program. */
export interface TourEnvironment {
  readonly baseUrl: string;
  readonly dataDirectory: string;
  readonly colour: boolean;
  /** Runs a CLI command as a user would, with `--json`. */
  cli(args: readonly string[]): Promise<CliAnswer>;
  /** Starts one that takes its time, with `--json`, and lets it run. */
  start(args: readonly string[]): CliProcess;
}

/** A CLI command under way. */
export type CliProcess = ChildProcessByStdio<null, Readable, Readable>;

/** What a command came to. */
export interface CliAnswer {
  readonly exit: number;
  readonly json: JsonObject;
  readonly stderr: string;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new TypeError(`${name} is not set: run \`narrowgate tour\``);
  return value;
}

function asObject(text: string): JsonObject {
  if (text.trim() === "") return {};
  const value = parseStrictJson(text.trim(), { maxBytes: 64 * 1024 * 1024, maxKeys: 1_000_000 });
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function ended(child: CliProcess): Promise<CliAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<CliAnswer>();
  let [out, err] = ["", ""];
  child.stdout.on("data", (part: Buffer) => {
    out += part.toString("utf8");
  });
  child.stderr.on("data", (part: Buffer) => {
    err += part.toString("utf8");
  });
  child.once("error", reject);
  child.once("close", (code) => resolve({ exit: code ?? 70, json: asObject(out), stderr: err }));
  return promise;
}

/** Reads the environment; one place for all names. */
export function tourEnvironment(): TourEnvironment {
  const node = required("NARROWGATE_CLI_NODE");
  const entry = required("NARROWGATE_CLI");
  const flags = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];
  const start = (args: readonly string[]): CliProcess =>
    spawn(node, [...flags, entry, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  return {
    baseUrl: required("NARROWGATE_BASE_URL"),
    dataDirectory: required("NARROWGATE_DATA"),
    colour: process.env["NARROWGATE_TOUR_COLOUR"] === "1",
    start,
    cli: (args) => ended(start(args)),
  };
}
