import { matchesGlob, relative } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { project } from "../../vitest.config.ts";

/** Patterns of the room's tests; set by the run, since the config is loaded in a process of the mutation tester. */
const tests = (process.env["NARROWGATE_MUTATION_TESTS"] ?? "").split(",");

/** In the order the room names them: the first test that fails is enough. */
class AsNamed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      tests.findIndex((pattern) => matchesGlob(relative(this.ctx.config.root, moduleId), pattern));
    return files.toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    allowOnly: false,
    sequence: { sequencer: AsNamed },
    // One load of the modules for each mutant, not one for each test file of it.
    isolate: false,
    projects: [{ extends: true, ...project("mutation", tests, 60_000) }],
  },
});
