#!/usr/bin/env node
/**
 * Starts the command line on a Node that can run it. Plain JavaScript without dependencies, so that an old Node reads it
 * and says what is missing instead of failing in the middle.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const neededNode = 24;
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src", "main.ts");
const entry = existsSync(source)
  ? ["--conditions=@narrowgate/source", source]
  : [join(here, "dist", "main.js")];

/** The Node 24 that the project brings, in the nearest node_modules above. */
function bundledNode() {
  const name = join("node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name);
    if (dirname(folder) === folder) return undefined;
  }
}

const isNewEnough = Number(process.versions.node.split(".")[0]) >= neededNode;
const node = isNewEnough ? process.execPath : bundledNode();
if (node === undefined) {
  process.stderr.write(
    `Narrowgate needs Node ${neededNode} or newer; this is Node ${process.versions.node}. Install it from https://nodejs.org\n`,
  );
  process.exitCode = 2;
} else {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...entry, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal gives Ctrl-C to the child as well; passing it on would be a second one.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once("error", (problem) => {
    process.stderr.write(`Node could not be started: ${problem.message}\n`);
    process.exitCode = 70;
  });
  child.once("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
