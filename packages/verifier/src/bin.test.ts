import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatTrustFile } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "verify-"));
const file = (name: string): string => join(folder, name);
const bin = new URL("./bin.node.ts", import.meta.url).pathname;

function run(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const node = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning", bin, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, node, { timeout: 15_000 }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

beforeAll(async () => {
  const recorded = recordSupportCase(createNodeEngine(), { calls: 1 });
  const bytes = await recorded.log.export(recorded.txn);
  writeFileSync(file("good.json"), bytes);
  writeFileSync(
    file("bad.json"),
    bytes.map((byte, i) => (i === 2000 ? byte ^ 1 : byte)),
  );
  writeFileSync(file("trust.json"), formatTrustFile(recorded.trust()));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("narrowgate-verify", () => {
  test("prints verdict and story and exits 0 when all holds", async () => {
    const { code, out } = await run(file("good.json"), "--trust", file("trust.json"));
    expect([code, out.split("\n")[0]]).toEqual([0, "verdict: verified"]);
    expect(out).toContain("permitted by policy read-tickets");
  });

  test("warns and exits 0 without a trust file", async () => {
    const { code, out } = await run(file("good.json"), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out).verdict).toBe("self-consistent");
  });

  test("exits 1 with the first failing rule when one byte is another", async () => {
    const { code, out } = await run(file("bad.json"), "--trust", file("trust.json"));
    expect(code).toBe(1);
    expect(out).toContain("failed E-21");
  });

  test.each([
    ["something else", "{}", "the file does not end with a newline"],
    ["a trust file", undefined, "/approvals: is not a known member"],
  ])("names the file that is no bundle: %s", async (_, text, fault) => {
    const name = text === undefined ? "trust.json" : "other.json";
    if (text !== undefined) writeFileSync(file(name), text);
    const { code, out } = await run(file(name));
    expect(code).toBe(1);
    expect(out).toContain(`failed E-21: ${fault}`);
    expect(out).toContain(`${file(name)} is no proof bundle, is cut short, or was changed (E-21)`);
  });

  test("shows of a file's name nothing that moves a cursor", async () => {
    const name = "other\u001b[2J\nverdict: verified.json";
    writeFileSync(file(name), "{}");
    const { code, out } = await run(file(name));
    expect(code).toBe(1);
    expect(out).toContain("other?[2J?verdict: verified.json is no proof bundle");
  });

  test("says which file is no trust file, and what is wanted", async () => {
    const { code, err } = await run(file("good.json"), "--trust", file("good.json"));
    expect(code).toBe(2);
    expect(err).toContain(
      `--trust ${file("good.json")} is no trust file: the file that \`log trust\` wrote is wanted (/checkpoint: is not a known member)`,
    );
  });

  test("exits 2 on what it cannot read", async () => {
    expect((await run()).code).toBe(2);
    expect((await run(file("none.json"))).code).toBe(2);
    expect((await run(file("good.json"), "--trust", file("good.json"))).code).toBe(2);
    expect((await run(file("good.json"), "--colour")).code).toBe(2);
  });
});
