import { errorRow } from "@narrowgate/contracts";
import { analysePolicies, ceilingReach } from "@narrowgate/policy/analysis";
import { createNodeEngine } from "@narrowgate/policy/node";
import { runPolicyTests, worldFromRegistry } from "@narrowgate/policy/testing";
import type { Call, CommandSpec, Outcome } from "../command.ts";
import { compileFiles, problemJson, problemLine } from "../policies/compile-files.ts";
import { analysisJson, analysisLines } from "../policies/format-analysis.ts";
import { testJson, testLines } from "../policies/format-tests.ts";
import { readChecked } from "../policies/read-checked.ts";

async function run(call: Call): Promise<Outcome> {
  const { document, files: policies, tests: read } = await readChecked(call);
  const tests = read.map((one) => one.tests);
  const definitions = tests.flatMap((test) => test.definitions);
  const compiled = compileFiles(createNodeEngine(), policies, definitions);
  if (compiled.kind === "rejected")
    return {
      json: { state: "rejected", problems: compiled.problems.map(problemJson) },
      lines: compiled.problems.map(problemLine),
      exit: errorRow("policy_invalid").exit,
    };
  const world = worldFromRegistry(document);
  const report = runPolicyTests(compiled.policies, tests, world);
  const analysis = analysePolicies(compiled.policies, { world, reaches: ceilingReach(document) });
  return {
    json: {
      state: report.failed === 0 ? "passed" : "failed",
      warnings: compiled.warnings.map(problemJson),
      tests: testJson(report),
      analysis: analysisJson(analysis),
    },
    lines: [
      ...compiled.warnings.map((warning) => `odd: ${problemLine(warning)}`),
      ...testLines(report),
      "",
      ...analysisLines(analysis),
    ],
    ...exitOf(
      report.failed > 0,
      call.flag("strict") && analysis.findings.length + compiled.warnings.length > 0,
    ),
  };
}

/** Findings of the analysis count where that was asked for. */
const FOUND_EXIT = 3;

function exitOf(hasFailed: boolean, hasFound: boolean): Pick<Outcome, "exit"> {
  if (hasFailed) return { exit: 1 };
  return hasFound ? { exit: FOUND_EXIT } : {};
}

/** `narrowgate policy check` */
export const policyCheck: CommandSpec = {
  path: ["policy", "check"],
  summary: "compile policies, run their tests and analyse them; no server needed",
  details: [
    "Tests are the files `*.cedartest.yaml` in the folders of the policies. Arguments of tools are known from the",
    "definitions those files state. Exit code 1 when a case fails, 2 when the policies do not compile. Findings of the",
    "analysis and oddities of the compiler change no exit code, but with --strict it is 3 when there are any.",
  ],
  arguments: [
    {
      name: "POLICIES",
      help: "a registry file (its policies), a folder, or a Cedar file; those of --file when absent",
      optional: true,
    },
  ],
  options: [
    {
      name: "file",
      value: "FILE",
      help: "the registry file, which says what agents and tools there are; narrowgate.yaml here when absent, or beside or above POLICIES",
    },
    { name: "strict", help: "exit code 3 when the analysis or the compiler found anything" },
  ],
  examples: [
    ["narrowgate policy check -f narrowgate.yaml", "failures with what differs, coverage, findings"],
    ["narrowgate policy check policies", "a folder, as for `policy publish`"],
  ],
  run,
};
