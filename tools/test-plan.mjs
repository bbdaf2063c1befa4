/**
 * What `npm test` runs, in order. Steps of the same wave run beside one another; a wave begins when the one before
 * has ended, so that what is quick to break is quick to show.
 *
 * - `paths`: what the step tests; a step none of whose paths exists has nothing to run and is left out, by name.
 * - `needs`: `console` = the built console; `python` = Python 3 (missing: the step is skipped, with the reason).
 * - a `vitest` step counts its test cases, any other counts one, unless its last line is `N passed, N failed`.
 */
export const plan = [
  { name: "types", wave: 1, command: ["tsc", "-b"], paths: ["packages"], needs: [], limitSeconds: 300 },
  {
    name: "lint",
    wave: 1,
    command: ["biome", "ci", "--error-on-warnings", "--colors=off"],
    paths: ["biome.json"],
    needs: [],
    limitSeconds: 120,
  },
  {
    name: "test-types",
    wave: 2,
    command: ["tsc", "-p", "tsconfig.tests.json"],
    paths: ["tsconfig.tests.json"],
    needs: [],
    limitSeconds: 300,
  },
  {
    name: "architecture",
    wave: 2,
    vitest: "architecture",
    paths: ["test/architecture"],
    needs: [],
    limitSeconds: 180,
  },
  { name: "unit", wave: 3, vitest: "unit", paths: ["packages"], needs: [], limitSeconds: 900 },
  {
    name: "independent",
    wave: 4,
    command: ["$PYTHON", "test/independent/run.py"],
    paths: ["test/independent/run.py"],
    needs: ["python"],
    limitSeconds: 300,
  },
  {
    name: "scenarios",
    wave: 4,
    vitest: "scenarios",
    paths: ["test/scenarios"],
    needs: ["console"],
    limitSeconds: 900,
  },
  {
    name: "conformance",
    wave: 5,
    vitest: "conformance",
    paths: ["test/conformance"],
    needs: [],
    limitSeconds: 600,
  },
  {
    name: "console",
    wave: 5,
    vitest: "console",
    paths: ["packages/console/e2e"],
    needs: ["console"],
    limitSeconds: 600,
  },
];
