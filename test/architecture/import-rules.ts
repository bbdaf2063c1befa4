import { posix } from "node:path";

/** Which workspaces a workspace may import, beside itself. The same table stands in ARCHITECTURE.md. */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  authority: ["kernel"],
  tlog: ["kernel"],
  contracts: ["kernel"],
  policy: ["kernel", "authority", "tlog", "contracts"],
  verifier: ["kernel", "authority", "tlog", "contracts", "policy"],
  assurance: ["kernel", "authority", "contracts", "policy"],
  drills: ["kernel", "contracts"],
  agent: ["kernel", "authority", "contracts"],
  console: ["kernel", "contracts", "policy", "verifier", "assurance"],
  cli: ["kernel", "authority", "tlog", "contracts", "policy", "verifier", "assurance", "agent"],
  server: ["kernel", "authority", "tlog", "contracts", "policy", "verifier", "assurance"],
  testkit: ["kernel", "authority", "tlog", "contracts", "policy", "verifier", "assurance", "agent", "server"],
};

/** Workspaces that bring no third-party code, so that they can be read whole and run anywhere. */
const selfContained = new Set([
  "kernel",
  "authority",
  "tlog",
  "contracts",
  "verifier",
  "assurance",
  "drills",
]);
const workspaceName = /^@narrowgate\/([^/]+)/;

/**
 * Checks what one file of a workspace imports.
 * @param path - path from the repository's root, `packages/<name>/...`
 * @param imports - module names as written
 * @returns one sentence for each import that is not allowed
 */
export function importViolations(path: string, imports: readonly string[]): string[] {
  const from = path.split("/")[1] ?? "";
  const isTest =
    /\.test\.tsx?$/.test(path) || from === "testkit" || /^packages\/[^/]+\/(?:e2e|test)\//.test(path);
  return imports.flatMap((name) => {
    const reason =
      name.startsWith(".") === true
        ? relativeViolation(path, from, name, isTest)
        : packageViolation(from, name, isTest);
    return reason === undefined ? [] : [`${path} imports ${name}: ${reason}`];
  });
}

/** Checks the workspaces a package.json depends on against the same table. */
export function dependencyViolations(from: string, dependencies: readonly string[]): string[] {
  return dependencies.flatMap((name) => {
    const reason = packageViolation(from, name, false);
    return reason === undefined ? [] : [`packages/${from}/package.json depends on ${name}: ${reason}`];
  });
}

function packageViolation(from: string, name: string, isTest: boolean): string | undefined {
  const target = workspaceName.exec(name)?.[1];
  if (target === undefined) {
    const thirdParty = !name.startsWith("node:") && !isTest && selfContained.has(from);
    return thirdParty ? `${from} brings no third-party code` : undefined;
  }
  const allowed = allowedImports[from];
  if (allowed === undefined) return `workspace ${from} has no row in the import table`;
  if (target === from || allowed.includes(target) || (isTest && target === "testkit")) return undefined;
  return `${from} may import ${allowed.join(", ") || "nothing"}`;
}

function relativeViolation(path: string, from: string, name: string, isTest: boolean): string | undefined {
  const target = posix.join(posix.dirname(path), name);
  if (isTest && target.startsWith("test/vectors/")) return undefined;
  if (!target.startsWith(`packages/${from}/`)) return "another workspace is reached by its name only";
  if (from !== "server" || isTest) return undefined;
  return roomViolation(roomOf(path), roomOf(target));
}

function roomViolation(from: string, to: string): string | undefined {
  if (from === introducer || from === to) return undefined;
  if (to === introducer) return "what introduces the rooms is imported by none of them";
  if (to === "platform") return undefined;
  return "rooms never import rooms: state the need in ports.ts, and let compose.ts supply it";
}

/** Stands for the files that may know every room. */
const introducer = "(introducer)";

function roomOf(path: string): string {
  const [room = "", ...rest] = path.replace(/^packages\/server\/src\//, "").split("/");
  if (rest.length > 0) return room === "compose" ? introducer : room;
  return /^(?:compose[a-z-]*|main|index)\.ts$/.test(room) ? introducer : room;
}
