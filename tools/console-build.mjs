/** Builds the console when its sources, or those of the workspaces it bundles, have changed since the last build. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runWithProgress } from "./progress.mjs";
import { rootDirectory, SetupProblem } from "./setup.mjs";

const packagesDirectory = join(rootDirectory, "packages");
const stampFile = join(packagesDirectory, "console", "dist", ".build-stamp");
const buildLimitSeconds = 300;

/**
 * Does nothing when the built console is that of the present sources, or when there is nothing to build.
 * @param {NodeJS.ProcessEnv} env - environment with Node 24 first on PATH
 */
export async function buildConsole(env) {
  if (manifestOf("console")?.scripts?.build === undefined) return;
  const digest = sourcesDigest();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === digest) return;
  const result = await runWithProgress({
    title: "building the console",
    command: ["npm", "run", "build", "--silent", "-w", "packages/console"],
    cwd: rootDirectory,
    env,
    limitSeconds: buildLimitSeconds,
  });
  if (result.code !== 0) {
    process.stderr.write(result.output);
    throw new SetupProblem("The console did not build (its output is above).");
  }
  if (existsSync(join(stampFile, ".."))) writeFileSync(stampFile, digest);
}

function sourcesDigest() {
  const hash = createHash("sha256").update(readFileSync(join(rootDirectory, "package-lock.json")));
  for (const name of [...closure("console", new Set())].sort()) {
    for (const file of sourceFiles(join(packagesDirectory, name))) {
      hash.update(`\0${file.slice(rootDirectory.length)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest("hex");
}

/** The workspace and every workspace it depends on, however far down. */
function closure(name, seen) {
  const manifest = manifestOf(name);
  if (manifest === undefined || seen.has(name)) return seen;
  seen.add(name);
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (dependency.startsWith("@narrowgate/")) closure(dependency.slice("@narrowgate/".length), seen);
  }
  return seen;
}

function manifestOf(name) {
  const file = join(packagesDirectory, name, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function sourceFiles(directory) {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.name === "node_modules" || entry.name === "dist" || entry.name.endsWith(".tsbuildinfo"))
      return [];
    const path = join(directory, entry.name);
    return entry.isDirectory() ? sourceFiles(path) : [path];
  });
}
