/** One stretch of the product whose tests are measured by breaking it. */
export interface MutationRoom {
  readonly name: string;
  /** Globs of the files that are broken, those that matter most first; tests among them are left out. */
  readonly mutate: readonly string[];
  /** Globs of the nearest tests, the quickest first; a mutant runs only those of them that reach it. */
  readonly tests: readonly string[];
  /**
   * Whether mutants that take effect while a module loads are tested as well. Each of them runs every test of the room,
   * which only a room with fast tests can afford.
   */
  readonly moduleLoad: boolean;
}

const evidence = "packages/server/src/evidence";
const sts = "packages/server/src/sts";
const gateway = "packages/server/src/gateway";
const approvals = "packages/server/src/approvals";
const mandates = "packages/server/src/mandates";
const releases = "packages/server/src/assurance/releases";
const evaluations = "packages/server/src/assurance/evaluate";
const assurance = "packages/assurance/src";

const recovery = [
  "recover-evidence",
  "restate",
  "check-anchor",
  "anchor",
  "tail-window",
  "tree-edge",
  "check-change",
];
const opening = ["writer-row", "load-heads", "is-intact", "stored-leaf", "create-evidence", "open-evidence"];

/** The rooms of `npm run mutation`, in the order they run. */
export const ROOMS: readonly MutationRoom[] = [
  {
    name: "authority",
    mutate: ["packages/authority/src/**/*.ts"],
    tests: ["packages/authority/src/**/*.test.ts"],
    moduleLoad: true,
  },
  {
    name: "evidence-recovery",
    mutate: [...recovery, ...opening].map((name) => `${evidence}/${name}.ts`),
    // Not those whose work is done by child processes, nor those that run one long script over and over.
    tests: [
      ...["stored-leaf", "tree-edge", "load-rows", "damaged-window", "create-evidence", "open-evidence"],
      ...["recover-evidence", "restate", "anchor", "check-anchor", "check-change"],
      ...["is-intact", "tail-window", "rollback", "damaged-store", "commit-order", "sequencer"],
    ].map((name) => `${evidence}/${name}.test.ts`),
    moduleLoad: false,
  },
  {
    name: "sts-steps",
    mutate: [`${sts}/steps/*.ts`, `${sts}/steps.ts`],
    // Each step by its own tests: the scenarios start a whole instance, which no mutant can wait for.
    tests: [`${sts}/**/*.test.ts`],
    moduleLoad: false,
  },
  {
    name: "gateway-stages",
    mutate: [`${gateway}/steps/*.ts`, `${gateway}/pipeline.ts`],
    // Likewise: the tests of the whole gate start children, which no mutant can wait for.
    tests: [`${gateway}/steps/*.test.ts`, `${gateway}/pipeline.test.ts`],
    moduleLoad: false,
  },
  {
    name: "approvals",
    mutate: [
      ...["eligibility", "held-approvals", "sign-approval", "approval-request", "request-table"].map(
        (name) => `${approvals}/${name}.ts`,
      ),
      `${approvals}/*.ts`,
    ],
    tests: [`${approvals}/*.test.ts`],
    moduleLoad: false,
  },
  {
    name: "mandates",
    mutate: [`${mandates}/check-entitled.ts`, `${mandates}/*.ts`],
    tests: [`${mandates}/*.test.ts`],
    moduleLoad: false,
  },
  {
    name: "releases",
    mutate: [
      ...[
        "gate",
        "eligibility",
        "drift",
        "in-force",
        "promote",
        "glass/sign-glass",
        "roll-back",
        "sign-release",
      ].map((name) => `${releases}/${name}.ts`),
      `${releases}/*.ts`,
      `${releases}/glass/*.ts`,
    ],
    // The fault table last: it takes ten times as long as all the others.
    tests: [`${releases}/[!f]*.test.ts`, `${releases}/glass/*.test.ts`, `${releases}/*.test.ts`],
    moduleLoad: false,
  },
  {
    name: "evaluations",
    mutate: [
      ...["follow-log", "evaluations", "evaluate-log", "closed-transactions", "work-tally"].map(
        (name) => `${evaluations}/${name}.ts`,
      ),
      `${evaluations}/*.ts`,
    ],
    // Last those that end a child process over and over.
    tests: [`${evaluations}/[!k]*.test.ts`, `${evaluations}/*.test.ts`],
    moduleLoad: false,
  },
  {
    name: "controls",
    mutate: [
      ...["judge-control", "age-results", "tested-result", "drill-part", "evaluate"].map(
        (name) => `${assurance}/fold/${name}.ts`,
      ),
      `${assurance}/controls/**/*.ts`,
      `${assurance}/fold/*.ts`,
    ],
    tests: [`${assurance}/fold/*.test.ts`, `${assurance}/controls/*.test.ts`],
    moduleLoad: false,
  },
];
