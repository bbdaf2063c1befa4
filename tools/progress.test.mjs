import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runWithProgress } from "./progress.mjs";

function step(script, limitSeconds) {
  const command = [process.execPath, "-e", script];
  return runWithProgress({ title: "sample", command, cwd: process.cwd(), env: process.env, limitSeconds });
}

/** A process that has ended but was not yet collected by its new parent counts as ended. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("a bounded step", () => {
  test("gives the exit code and both outputs", async () => {
    const result = await step('console.log("out"); console.error("err"); process.exitCode = 3', 20);
    expect(result).toMatchObject({ code: 3, timedOut: false });
    expect(result.output).toContain("out");
    expect(result.output).toContain("err");
  });

  test("is stopped at its limit, together with what it started", async () => {
    const endless = "setInterval(() => {}, 1000)";
    const script = `const c = require("node:child_process").spawn(process.execPath, ["-e", "${endless}"], { stdio: "inherit" });
      console.log(c.pid); ${endless}`;
    const result = await step(script, 1);
    expect(result).toMatchObject({ code: 124, timedOut: true });
    await expect.poll(() => isAlive(Number(result.output.trim())), { timeout: 5000 }).toBe(false);
  });

  test("does not outlive itself through what it left running", async () => {
    const script = `const c = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
      c.once("spawn", () => { console.log(c.pid); process.exit(0); })`;
    const result = await step(script, 20);
    expect(result.code).toBe(0);
    await expect.poll(() => isAlive(Number(result.output.trim())), { timeout: 5000 }).toBe(false);
  });

  test("says so when its program does not exist", async () => {
    const command = ["/nonexistent/program"];
    const result = await runWithProgress({ title: "sample", command, cwd: "/", env: {}, limitSeconds: 5 });
    expect(result.code).toBe(127);
  });
});
