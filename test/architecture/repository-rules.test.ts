import { describe, expect, test } from "vitest";
import {
  citationViolations,
  linkViolations,
  lockViolations,
  machineViolations,
  type Targets,
} from "./repository-rules.ts";
import { existsInRepository, repositoryFiles, repositoryRoot } from "./source-tree.ts";

const files = repositoryFiles();
const texts = new Map(files.map(({ path, text }) => [path, text]));
const repository: Targets = { exists: existsInRepository, read: (path) => texts.get(path) };

describe("the repository", () => {
  test("has one lock file for all and one for a tool that is installed when it is needed, without download addresses", () => {
    const locks = files.filter(({ path }) => path.endsWith("package-lock.json"));
    expect(locks.map(({ path }) => path)).toEqual(["package-lock.json", "tools/mutation/package-lock.json"]);
    expect(locks.flatMap(lockViolations)).toEqual([]);
  });

  test("names no machine it was written on", () => {
    const local = repositoryRoot.length > "/narrowgate".length ? [repositoryRoot] : [];
    expect(files.flatMap((file) => machineViolations(file, local))).toEqual([]);
  });

  test("has no link in its pages that leads nowhere", () => {
    const pages = files.filter(({ path }) => path.endsWith(".md"));
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.flatMap((page) => linkViolations(page, repository))).toEqual([]);
  });

  test("cites only pages and sections that are there", () => {
    const code = files.filter(
      ({ path }) => /\.(?:tsx?|mjs|py)$/.test(path) && !path.startsWith("test/architecture/"),
    );
    expect(code.flatMap((file) => citationViolations(file, repository))).toEqual([]);
  });
});

describe("the rule notices", () => {
  const sample: Targets = {
    exists: (path) => path === "docs/a.md" || path === "docs/b.md",
    read: (path) =>
      path === "docs/b.md" ? "# B\n\n## 4.2 The `leaf`\n\n```\n# not a heading\n```\n" : undefined,
  };

  test("a download address, and a package without integrity", () => {
    const packages = {
      "packages/kernel": { version: "1.0.0" },
      "node_modules/@x/kernel": { resolved: "packages/kernel", link: true },
      "node_modules/a": { resolved: "https://example.org/a.tgz", integrity: "sha512-x" },
      "node_modules/b": { version: "1.0.0" },
    };
    expect(lockViolations({ path: "lock", text: JSON.stringify({ packages }) })).toHaveLength(2);
  });

  test("paths of a machine, and of this checkout", () => {
    const text = [
      ["", "root", "x"].join("/"),
      "/srv/here/x",
      "/srv/hereafter",
      "https://example.org/roots",
    ].join("\n");
    expect(machineViolations({ path: "a.md", text }, ["/srv/here"])).toEqual([
      expect.stringContaining("a.md:1:"),
      expect.stringContaining("a.md:2:"),
    ]);
  });

  test("a dead link and a dead anchor, and nothing in code", () => {
    const text = "[x](c.md) [y](b.md#none) [z](b.md#42-the-leaf) [w](https://example.org/c.md) `[v](d.md)`\n";
    expect(linkViolations({ path: "docs/a.md", text }, sample)).toHaveLength(2);
  });

  test("a cited page or section that is not there", () => {
    const text = "// @see docs/c.md, docs/b.md section 4.2, docs/b.md section 4";
    expect(citationViolations({ path: "x.ts", text }, sample)).toHaveLength(2);
  });
});
