import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";

describe("a private file", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ng-private-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is for its owner alone, in a folder for its owner alone", async () => {
    const path = join(folder, "keys", "a.json");
    await writePrivateFile(path, "one", { replace: false });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "keys"))).mode & 0o777).toBe(0o700);
    expect(new TextDecoder().decode(await readPrivateFile(path))).toBe("one");
  });

  test("is replaced only when asked, and leaves nothing beside it", async () => {
    const path = join(folder, "a.json");
    await writePrivateFile(path, "one", { replace: false });
    await expect(writePrivateFile(path, "two", { replace: false })).rejects.toMatchObject({ code: "EEXIST" });
    await writePrivateFile(path, "two", { replace: true });
    expect(new TextDecoder().decode(await readPrivateFile(path))).toBe("two");
    expect(await readdir(folder)).toEqual(["a.json"]);
  });

  test("is not read when others could read it, when it is a link, or no file", async () => {
    const path = join(folder, "a.json");
    await writeFile(path, "one", { mode: 0o600 });
    await chmod(path, 0o640);
    await expect(readPrivateFile(path)).rejects.toThrow(/chmod 600/);
    await chmod(path, 0o600);
    await symlink(path, join(folder, "link"));
    await expect(readPrivateFile(join(folder, "link"))).rejects.toMatchObject({ code: "not_found" });
    await expect(readPrivateFile(folder)).rejects.toMatchObject({ code: "usage" });
  });
});
