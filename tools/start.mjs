/** `npm start`: sets everything up, then starts Narrowgate with the tour and stays with it until it ends. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { buildConsole } from "./console-build.mjs";
import { rootDirectory, runTool, setUp } from "./setup.mjs";

const entry = join(rootDirectory, "packages", "cli", "src", "main.ts");

await runTool(async () => {
  const { node, env } = await setUp();
  await buildConsole(env);
  return await become(
    node,
    ["--conditions=@narrowgate/source", entry, "up", "--tour", ...process.argv.slice(2)],
    env,
  );
});

/** The nearest thing to exec that Node 20 has: same terminal, same signals, same exit code. */
function become(program, args, env) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: rootDirectory, env, stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        // A terminal gives Ctrl-C to the child as well; passing it on would be a second one.
        if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
      });
    }
    child.once("error", fail);
    child.once("exit", (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}
