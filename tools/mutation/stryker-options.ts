import { join } from "node:path";
import type { Batch } from "./batches.ts";
import type { MutationRoom } from "./rooms.ts";

/** Where the run keeps what it may go on from; all of it is made again when it is missing. */
export interface RunPaths {
  /** The folder of this tool, with its own installation. */
  readonly tool: string;
  readonly reports: string;
}

/** Options of one run of the mutation tester, inside the private copy. */
export function strykerOptions(
  room: MutationRoom,
  batch: Batch,
  { tool, reports }: RunPaths,
): Readonly<Record<string, unknown>> {
  return {
    mutate: batch.files,
    testRunner: "vitest",
    vitest: { configFile: "tools/mutation/vitest.config.ts", related: false, pool: "forks" },
    plugins: [
      join(tool, "node_modules/@stryker-mutator/vitest-runner/dist/src/index.js"),
      join(tool, "ignored-words.mjs"),
    ],
    ignorers: ["words"],
    // Emptied objects and lists do not compile nearly everywhere; where they would, a condition beside them is mutated.
    mutator: { excludedMutations: ["ObjectLiteral", "ArrayDeclaration"] },
    coverageAnalysis: "perTest",
    ignoreStatic: !room.moduleLoad,
    // The copy is ours alone, and links between workspaces lead to the mutated files only from where they lie.
    inPlace: true,
    concurrency: 1,
    timeoutMS: 10_000,
    disableTypeChecks: false,
    incremental: true,
    incrementalFile: join(reports, `${batch.name}.incremental.json`),
    reporters: ["progress-append-only", "json", "html"],
    jsonReporter: { fileName: reportFile(batch, reports) },
    htmlReporter: { fileName: join(reports, `${batch.name}.html`) },
    allowConsoleColors: false,
  };
}

/** The JSON report of one batch. */
export function reportFile(batch: Batch, reports: string): string {
  return join(reports, `${batch.name}.json`);
}
