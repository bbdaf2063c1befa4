import { describe, expect, test } from "vitest";
import { allowedImports, dependencyViolations, importViolations } from "./import-rules.ts";
import { repositoryFiles } from "./source-tree.ts";
import { parseImports } from "./syntax.ts";

const files = repositoryFiles();

describe("who may import whom", () => {
  test("every workspace file keeps to the import table", () => {
    const sources = files.filter(({ path }) => /^packages\/[^/]+\/(?:src|e2e|test)\/.+\.tsx?$/.test(path));
    expect(sources.length).toBeGreaterThan(10);
    const found = sources.flatMap(({ path, text }) => importViolations(path, parseImports(path, text)));
    expect(found).toEqual([]);
  });

  test("every package.json depends only on workspaces it may import", () => {
    const manifests = files.filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path));
    expect(manifests.map(({ path }) => path.split("/")[1]).sort()).toEqual(
      Object.keys(allowedImports).sort(),
    );
    const found = manifests.flatMap(({ path, text }) =>
      dependencyViolations(path.split("/")[1] ?? "", Object.keys(JSON.parse(text).dependencies ?? {})),
    );
    expect(found).toEqual([]);
  });
});

describe("the rule notices", () => {
  test.each([
    ["kernel importing anything", "packages/kernel/src/bytes.ts", "@narrowgate/contracts"],
    ["the command line importing the server", "packages/cli/src/main.ts", "@narrowgate/server"],
    ["the console importing the server", "packages/console/src/app.tsx", "@narrowgate/server"],
    ["the SDK importing the server", "packages/agent/src/index.ts", "@narrowgate/server/x"],
    ["a pure package bringing third-party code", "packages/tlog/src/tile.ts", "lodash"],
    ["a reach into another workspace", "packages/tlog/src/tile.ts", "../../kernel/src/bytes.ts"],
    ["the test kit in the product", "packages/server/src/sts/token.ts", "@narrowgate/testkit"],
    ["a room importing a room", "packages/server/src/sts/token.ts", "../evidence/sequencer.ts"],
    ["the platform importing a room", "packages/server/src/platform/store.ts", "../sts/token.ts"],
    ["a room importing what composes it", "packages/server/src/sts/token.ts", "../compose.ts"],
    ["a stray top-level file knowing a room", "packages/server/src/glue.ts", "./sts/token.ts"],
    ["a workspace without a row", "packages/newcomer/src/index.ts", "@narrowgate/kernel"],
  ])("%s", (_, path, name) => {
    expect(importViolations(path, [name])).toHaveLength(1);
  });

  test("a forbidden dependency that no file imports yet", () => {
    expect(dependencyViolations("cli", ["@narrowgate/server"])).toHaveLength(1);
  });

  test("dynamic imports, type imports and re-exports alike", () => {
    const text =
      'import type { A } from "a";\nexport * from "b";\nawait import("c");\nexport type { A };\ntype D = import("d").D;';
    expect([...parseImports("x.ts", text)].sort()).toEqual(["a", "b", "c", "d"]);
  });
});

describe("the rule lets pass", () => {
  test.each([
    ["compose introducing rooms", "packages/server/src/compose.ts", "./sts/token.ts"],
    [
      "a part of compose introducing rooms",
      "packages/server/src/compose-gateway.ts",
      "./gateway/pipeline.ts",
    ],
    ["a room using the platform", "packages/server/src/sts/token.ts", "../platform/http/answer.ts"],
    ["a room using itself", "packages/server/src/sts/steps/check-audience.ts", "../ports.ts"],
    ["a test reading the vectors", "packages/tlog/src/tile.test.ts", "../../../test/vectors/tlog/tiles.json"],
    ["a test using the test kit", "packages/tlog/src/tile.test.ts", "@narrowgate/testkit"],
    ["the verifier in the console", "packages/console/src/verify.ts", "@narrowgate/verifier"],
  ])("%s", (_, path, name) => {
    expect(importViolations(path, [name])).toEqual([]);
  });
});
