import { describe, expect, test } from "vitest";
import { isInstalled } from "./install-state.mjs";

const a = { version: "1.0.0", integrity: "sha512-a" };
const locked = {
  "": { version: "0.1.0" },
  "node_modules/a": a,
  "node_modules/for-another-platform": { version: "1.0.0", integrity: "sha512-o", optional: true },
  "node_modules/@x/here": { link: true },
  "packages/here": { version: "0.1.0" },
};
const installed = {
  "node_modules/a": a,
  "node_modules/@x/here": { link: true },
  "packages/here": { version: "0.1.0" },
};

describe("node_modules", () => {
  test("agrees with the lock when only optional packages are absent", () => {
    expect(isInstalled(locked, installed)).toBe(true);
  });

  test.each([
    ["a package is missing", { "node_modules/@x/here": { link: true } }],
    ["a package has another version", { ...installed, "node_modules/a": { ...a, version: "1.0.1" } }],
    ["a package has other content", { ...installed, "node_modules/a": { ...a, integrity: "sha512-z" } }],
    ["a package is there that the lock does not name", { ...installed, "node_modules/b": a }],
  ])("is stale when %s", (_, state) => {
    expect(isInstalled(locked, state)).toBe(false);
  });
});
