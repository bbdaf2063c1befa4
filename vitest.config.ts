import { defineConfig } from "vitest/config";

/** Workspaces are tested from their sources, through the same export condition the product runs with. */
const sourceCondition = "@narrowgate/source";

/** One project per group of `npm test`; `vitest run --project NAME` runs it alone. */
export function project(name: string, include: string[], testTimeoutMs: number): object {
  return {
    resolve: { conditions: [sourceCondition, "module", "node", "development|production"] },
    ssr: { resolve: { conditions: [sourceCondition, "module", "node", "development|production"] } },
    test: {
      name,
      include,
      environment: "node",
      pool: "forks",
      // Node itself resolves whatever vitest leaves to it, and so do the workers' own children.
      execArgv: [`--conditions=${sourceCondition}`, "--disable-warning=ExperimentalWarning"],
      testTimeout: testTimeoutMs,
      hookTimeout: testTimeoutMs,
      restoreMocks: true,
      unstubEnvs: true,
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    allowOnly: false,
    projects: [
      project("unit", ["packages/*/{src,test}/**/*.test.{ts,tsx}", "pilots/**/*.test.ts"], 60_000),
      project("architecture", ["test/architecture/**/*.test.ts", "tools/**/*.test.mjs"], 60_000),
      project("scenarios", ["test/{scenarios,sabotage}/**/*.test.ts"], 120_000),
      project("conformance", ["test/conformance/**/*.test.ts"], 120_000),
      project("console", ["packages/console/e2e/**/*.test.ts"], 120_000),
    ],
  },
});
