import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { homePrefix, removeStaleHomes } from "./stale-homes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stale-homes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("empty homes of a gate that is gone are removed, and nothing else", () => {
  const { pid: gone } = spawnSync("true");
  const make = (name: string): string => {
    mkdirSync(join(folder, name));
    return name;
  };
  make(`${homePrefix(gone)}AAAAAA`);
  const full = make(`${homePrefix(gone)}BBBBBB`);
  writeFileSync(join(folder, full, "kept"), "");
  const stays = [
    full,
    make(`${homePrefix(process.pid)}CCCCCC`),
    make("narrowgate-child-DDDDDD"),
    make(`other-${gone}-EEEEEE`),
  ];
  removeStaleHomes(folder);
  expect(readdirSync(folder).sort()).toEqual(stays.sort());
});
