/** Runs one command in its own process group, bounded in time, while saying that it is still at work. */
import { spawn } from "node:child_process";

const quietSeconds = 10;
const graceMs = 5_000;
const running = new Set();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    for (const child of running) killGroup(child.pid, "SIGKILL");
    process.kill(process.pid, signal);
  });
}

/**
 * Runs a command to its end or its limit and keeps what it printed.
 * @param {{title: string, command: string[], cwd: string, env: NodeJS.ProcessEnv, limitSeconds: number}} step
 * @returns {Promise<{code: number, output: string, seconds: number, timedOut: boolean}>} never rejects
 */
export async function runWithProgress(step) {
  const started = Date.now();
  const stopTicker = tick(step.title, started);
  const end = await run(step);
  stopTicker();
  const seconds = Math.round((Date.now() - started) / 100) / 10;
  const verdict = end.timedOut
    ? `stopped after its limit of ${step.limitSeconds} s`
    : end.code === 0
      ? "ok"
      : "failed";
  process.stdout.write(`  ${step.title}: ${verdict} (${seconds} s)\n`);
  return { ...end, seconds };
}

function run(step) {
  const [program, ...args] = step.command;
  return new Promise((done) => {
    const chunks = [];
    const child = spawn(program, args, {
      cwd: step.cwd,
      env: step.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    let timedOut = false;
    let forced;
    const limit = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid, "SIGTERM");
      forced = setTimeout(() => killGroup(child.pid, "SIGKILL"), graceMs);
    }, step.limitSeconds * 1000);
    const finish = (code, note) => {
      clearTimeout(limit);
      clearTimeout(forced);
      running.delete(child);
      done({ code: timedOut ? 124 : code, output: Buffer.concat(chunks).toString("utf8") + note, timedOut });
    };
    child.once("error", (problem) => finish(127, `${program}: ${problem.message}\n`));
    // What a step leaves running holds its output open and would outlive it: the group ends with its leader.
    child.once("exit", () => killGroup(child.pid, "SIGKILL"));
    child.once("close", (code) => finish(code ?? 1, ""));
  });
}

function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (problem) {
    if (problem.code !== "ESRCH") throw problem;
  }
}

function tick(title, started) {
  process.stdout.write(`  ${title} ...\n`);
  const timer = setInterval(() => {
    process.stdout.write(`  ${title} ... ${Math.round((Date.now() - started) / 1000)} s\n`);
  }, quietSeconds * 1000);
  return () => clearInterval(timer);
}
