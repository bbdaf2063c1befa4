/** `npm test [-- GROUP...] [--no-skip]`: sets everything up, runs the plan, and closes with the counts. */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildConsole } from "./console-build.mjs";
import { findPython } from "./find-python.mjs";
import { runWithProgress } from "./progress.mjs";
import { rootDirectory, runTool, SetupProblem, setUp } from "./setup.mjs";
import { countStep } from "./test-count.mjs";
import { plan } from "./test-plan.mjs";

await runTool(async () => {
  const { groups, skipIsFailure } = readArguments(process.argv.slice(2));
  const { env } = await setUp();
  const python = findPython();
  const reports = join(rootDirectory, "node_modules", ".cache", `test-reports-${process.pid}`);
  try {
    const context = { env: { ...env, NO_COLOR: "1", NARROWGATE_PYTHON: python ?? "" }, python, reports };
    return summarise(await runPlan(groups, context), skipIsFailure);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
});

function readArguments(args) {
  const groups = args.filter((arg) => arg !== "--no-skip");
  const unknown = groups.filter((group) => !plan.some((step) => step.name === group));
  if (unknown.length > 0) {
    throw new SetupProblem(
      `No such test group: ${unknown.join(", ")}. There are: ${plan.map((s) => s.name).join(", ")}.`,
    );
  }
  return { groups, skipIsFailure: args.includes("--no-skip") || process.env.CI === "true" };
}

async function runPlan(groups, context) {
  const chosen = plan.filter((step) => groups.length === 0 || groups.includes(step.name));
  const outcomes = chosen
    .filter((step) => !hasContent(step))
    .map((step) => ({ step, kind: "nothing to run" }));
  const steps = chosen.filter(hasContent);
  if (steps.some((step) => step.needs.includes("console"))) await buildConsole(context.env);
  for (const wave of new Set(steps.map((step) => step.wave))) {
    const beside = steps.filter((step) => step.wave === wave);
    outcomes.push(...(await Promise.all(beside.map((step) => runStep(step, context)))));
  }
  return outcomes;
}

/** A step has something to run when one of its paths is a file, or a folder with a file somewhere below. */
function hasContent(step) {
  const holdsFile = (path) =>
    existsSync(path) &&
    (statSync(path).isFile() || readdirSync(path).some((name) => holdsFile(join(path, name))));
  return step.paths.some((path) => holdsFile(join(rootDirectory, path)));
}

async function runStep(step, context) {
  if (step.needs.includes("python") && context.python === undefined) {
    return { step, kind: "skipped", reason: "Python 3.9 or newer is not installed" };
  }
  const reportFile = step.vitest === undefined ? undefined : join(context.reports, `${step.name}.json`);
  const result = await runWithProgress({
    title: step.name,
    command: reportFile === undefined ? plainCommand(step, context) : vitestCommand(step, reportFile),
    cwd: rootDirectory,
    env: context.env,
    limitSeconds: step.limitSeconds,
  });
  if (result.code !== 0) process.stdout.write(`\n----- ${step.name} -----\n${result.output}\n`);
  // What a test measures is told also when it passes.
  else for (const [, figure] of result.output.matchAll(/figure: (.*)$/gm)) print(`  ${step.name}: ${figure}`);
  return { step, kind: "ran", ...countStep(result, reportFile, rootDirectory) };
}

function plainCommand(step, context) {
  return step.command.map((word) => (word === "$PYTHON" ? context.python : word));
}

function vitestCommand(step, reportFile) {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  return ["vitest", "run", "--project", step.vitest, "--passWithNoTests", ...reporters];
}

/** Prints what did not run and why, then the closing line; returns the exit code. */
function summarise(outcomes, skipIsFailure) {
  process.stdout.write("\n");
  const idle = outcomes.filter((outcome) => outcome.kind === "nothing to run");
  if (idle.length > 0) print(`nothing to run yet: ${idle.map((outcome) => outcome.step.name).join(", ")}`);
  const skips = outcomes.flatMap(skipLines);
  for (const line of skips) print(`skipped: ${line}`);
  if (skipIsFailure && skips.length > 0) print("a skipped test counts as failed here (CI=true or --no-skip)");

  const passed = sum(outcomes, "passed");
  const failed = sum(outcomes, "failed") + (skipIsFailure ? skips.length : 0);
  const skippedPart = skips.length > 0 && !skipIsFailure ? `, ${skips.length} skipped` : "";
  print(`${passed} passed, ${failed} failed${skippedPart}`);
  return failed === 0 ? 0 : 1;
}

function skipLines(outcome) {
  const reasons = outcome.kind === "skipped" ? [outcome.reason] : (outcome.skipped ?? []);
  return reasons.map((reason) => `${outcome.step.name}: ${reason}`);
}

function sum(outcomes, key) {
  return outcomes.reduce((total, outcome) => total + (outcome[key] ?? 0), 0);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
