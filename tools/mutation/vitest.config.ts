import { defineConfig } from "vitest/config";
import { project } from "../../vitest.config.ts";

/** Patterns of the room's tests; set by the run, since the config is loaded in a process of the mutation tester. */
const tests = (process.env["NARROWGATE_MUTATION_TESTS"] ?? "").split(",");

export default defineConfig({
  test: {
    allowOnly: false,
    setupFiles: ["tools/mutation/bound-properties.ts"],
    // One load of the modules for each mutant, not one for each test file of it.
    isolate: false,
    projects: [{ extends: true, ...project("mutation", tests, 60_000) }],
  },
});
