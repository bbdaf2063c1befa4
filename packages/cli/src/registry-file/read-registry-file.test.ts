import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readRegistryFile } from "./read-registry-file.ts";

describe("a registry file", () => {
  let folder: string;
  const write = async (text: string): Promise<string> => {
    const file = join(folder, "narrowgate.yaml");
    await writeFile(file, text);
    return file;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ng-registry-"));
    await mkdir(join(folder, "policies"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is sent in its own words, with folders of servers made absolute", async () => {
    const file = await write(
      "servers:\n  - { id: a, upstream: { transport: stdio, command: [x], cwd: desk } }\n" +
        "  - { id: b, upstream: { transport: stdio, command: [x] } }\n" +
        "  - { id: c, upstream: { transport: http, url: 'http://127.0.0.1:1/mcp' } }\n",
    );
    const { wire, policies } = await readRegistryFile(file);
    expect(wire).toEqual({
      servers: [
        { id: "a", upstream: { transport: "stdio", command: ["x"], cwd: join(folder, "desk") } },
        { id: "b", upstream: { transport: "stdio", command: ["x"], cwd: folder } },
        { id: "c", upstream: { transport: "http", url: "http://127.0.0.1:1/mcp" } },
      ],
    });
    expect(policies).toBeUndefined();
  });

  test("names policies by patterns, each file once and in order", async () => {
    for (const name of ["b", "a"]) await writeFile(join(folder, "policies", `${name}.cedar`), name);
    const { policies } = await readRegistryFile(
      await write("policies: ['policies/*.cedar', policies/a.cedar]\n"),
    );
    expect(policies).toEqual([
      { name: "policies/a.cedar", text: "a" },
      { name: "policies/b.cedar", text: "b" },
    ]);
  });

  test("is refused when a pattern finds nothing, or a link leads elsewhere", async () => {
    const file = await write("policies: ['policies/*.cedar']\n");
    await expect(readRegistryFile(file)).rejects.toThrow(/\/policies\/0: policies\/\*\.cedar finds no file/);
    const elsewhere = join(tmpdir(), `ng-elsewhere-${process.pid}.cedar`);
    await writeFile(elsewhere, "permit(principal, action, resource);");
    try {
      await symlink(elsewhere, join(folder, "policies", "x.cedar"));
      await expect(readRegistryFile(file)).rejects.toThrow(/leads out of the folder/);
    } finally {
      await rm(elsewhere);
    }
  });

  test("is refused by path for an unknown key, and for a secret without quoting it", async () => {
    await expect(readRegistryFile(await write("agent: []\n"))).rejects.toThrow(/\/agent/);
    const secret =
      "servers:\n  - { id: a, upstream: { transport: stdio, command: [x], env: { API_KEY: Zx81-Qw77-Lp02 } } }\n";
    await expect(readRegistryFile(await write(secret))).rejects.toThrow(
      /\/servers\/0\/upstream\/env\/API_KEY/,
    );
    await expect(readRegistryFile(await write(secret))).rejects.not.toThrow(/Zx81/);
  });
});
