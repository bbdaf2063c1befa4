/**
 * Makes a bare checkout ready: checks Node, installs what the lock file names, finds the Node 24 that runs the product.
 * It runs on Node 20 before anything is installed, so it may import only what Node itself brings.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./install-state.mjs";
import { runWithProgress } from "./progress.mjs";

export const rootDirectory = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

const oldestNode = 20;
const runtimeNode = 24;
const installLimitSeconds = 900;

/** A sentence for the person at the terminal; printed without a stack. */
export class SetupProblem extends Error {}

/**
 * Does everything that must be true before a program of this repository can run.
 * @returns {Promise<{node: string, env: NodeJS.ProcessEnv}>} the Node 24 to run with, and the environment to give it
 */
export async function setUp() {
  checkNodeVersion(process.versions.node);
  await installIfStale();
  return { node: findRuntime(), env: runtimeEnvironment() };
}

function checkNodeVersion(version) {
  if (Number(version.split(".")[0]) >= oldestNode) return;
  throw new SetupProblem(
    `Node ${oldestNode} or newer is needed to set up Narrowgate; this is Node ${version}.`,
  );
}

async function installIfStale() {
  const lock = readFileSync(join(rootDirectory, "package-lock.json"));
  const digest = createHash("sha256").update(lock).digest("hex");
  const stampFile = join(rootDirectory, "node_modules", ".cache", "narrowgate-install");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === digest) return;
  if (!installedMatches(JSON.parse(lock.toString("utf8")))) await install();
  mkdirSync(join(rootDirectory, "node_modules", ".cache"), { recursive: true });
  writeFileSync(stampFile, digest);
}

function installedMatches(lock) {
  const recordFile = join(rootDirectory, "node_modules", ".package-lock.json");
  return (
    existsSync(recordFile) &&
    isInstalled(lock.packages, JSON.parse(readFileSync(recordFile, "utf8")).packages)
  );
}

async function install() {
  const result = await runWithProgress({
    title: "installing dependencies (npm ci)",
    command: ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", "--progress=false"],
    cwd: rootDirectory,
    env: { ...process.env, PATH: pathWithoutModules() },
    limitSeconds: installLimitSeconds,
  });
  if (result.code !== 0) {
    process.stderr.write(result.output);
    throw new SetupProblem(
      "Installation failed (npm's own words are above). Check the network and run it again.",
    );
  }
}

/** npm ci deletes node_modules, so it must not run on a Node that lives there. */
function pathWithoutModules() {
  const entries = (process.env.PATH ?? "").split(delimiter);
  return entries.filter((entry) => !entry.includes("node_modules")).join(delimiter);
}

function findRuntime() {
  const bundled = join(
    rootDirectory,
    "node_modules",
    `node-${process.platform}-${process.arch}`,
    "bin",
    "node",
  );
  if (existsSync(bundled) && spawnSync(bundled, ["--version"]).status === 0) return bundled;
  if (Number(process.versions.node.split(".")[0]) >= runtimeNode) return process.execPath;
  throw new SetupProblem(
    `Narrowgate runs on Node ${runtimeNode}, and brings it only for Linux with glibc on x64 and arm64. ` +
      `Here it is Node ${process.versions.node} on ${process.platform} ${process.arch}: ` +
      `install Node ${runtimeNode} or newer (https://nodejs.org) and run this again.`,
  );
}

function runtimeEnvironment() {
  const bin = join(rootDirectory, "node_modules", ".bin");
  return {
    ...process.env,
    PATH: [bin, process.env.PATH ?? ""].join(delimiter),
    // Signatures run on libuv's pool, whose size Node reads once, before any of our code runs.
    UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? String(Math.max(1, availableParallelism() - 1)),
  };
}

/**
 * Runs a tool's main function; a SetupProblem becomes its sentence and exit code 1.
 * @param {() => Promise<number>} main - returns the exit code
 */
export async function runTool(main) {
  try {
    process.exitCode = await main();
  } catch (problem) {
    if (!(problem instanceof SetupProblem)) throw problem;
    process.stderr.write(`${problem.message}\n`);
    process.exitCode = 1;
  }
}
