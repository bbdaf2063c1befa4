import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { PATIENCE_MS } from "./run-cli.ts";

const run = promisify(execFile);
const BIN = fileURLToPath(new URL("../bin.mjs", import.meta.url));

describe("the installed program", () => {
  test("starts the command line and gives its exit code back", { timeout: PATIENCE_MS }, async () => {
    const { stdout } = await run(process.execPath, [BIN, "--help"]);
    expect(stdout).toContain("connect");
    await expect(run(process.execPath, [BIN, "nonsense", "--json"])).rejects.toMatchObject({
      code: 2,
      stdout: expect.stringContaining('"usage"'),
    });
  });
});
