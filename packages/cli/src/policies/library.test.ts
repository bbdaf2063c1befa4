import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createNodeEngine } from "@narrowgate/policy/node";
import { runPolicyTests } from "@narrowgate/policy/testing";
import { describe, expect, test } from "vitest";
import { compileFiles } from "./compile-files.ts";
import { readCandidate } from "./read-candidate.ts";

const library = fileURLToPath(new URL("../../../policy/library/", import.meta.url));
const engine = createNodeEngine();
const folders = readdirSync(library);

describe("the starter library", () => {
  test("has the five beginnings its page names", () => {
    expect(folders.sort()).toEqual([
      "four-eyes",
      "no-egress-after-untrusted",
      "per-case-scope",
      "read-only-pilot",
      "spend-limit",
    ]);
  });

  test.each(folders)("%s passes its own tests, and each of its policies is held by one", async (folder) => {
    const { files, tests: read } = await readCandidate(library, folder);
    const tests = read.map((one) => one.tests);
    const compiled = compileFiles(
      engine,
      files,
      tests.flatMap(({ definitions }) => definitions),
    );
    if (compiled.kind === "rejected") expect.fail(JSON.stringify(compiled.problems));
    expect(compiled.warnings).toEqual([]);
    const { policies } = compiled;
    const { results } = runPolicyTests(policies, tests, new Map());
    expect(results.filter(({ differences }) => differences.length > 0)).toEqual([]);
    for (const id of policies.ids()) {
      const others = policies.inside().subset(new Set(policies.ids().filter((other) => other !== id)));
      expect([id, runPolicyTests(others, tests, new Map()).failed > 0]).toEqual([id, true]);
    }
  });

  test("goes together", async () => {
    const all = await Promise.all(folders.map((folder) => readCandidate(library, folder)));
    const files = all.flatMap((one, i) =>
      one.files.map(({ text }) => ({ name: `${folders[i] ?? ""}.cedar`, text })),
    );
    const definitions = all.flatMap((one) => one.tests.flatMap(({ tests }) => tests.definitions));
    expect(compileFiles(engine, files, definitions)).toMatchObject({ kind: "compiled", warnings: [] });
  });
});
