import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { brokenSource } from "./broken-source.ts";
import { type Looked, lookAt } from "./look.ts";
import { SABOTAGES } from "./sabotages.ts";
import { openStage, type Stage } from "./stage.ts";
import { formatTable, noticedOf, replaceTable } from "./table.ts";

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

describe("a sabotage", () => {
  it.each(SABOTAGES)("$id breaks something that stands in the source exactly once", (sabotage) => {
    const source = read(sabotage.file);
    expect(brokenSource(sabotage, source)).not.toBe(source);
  });

  it("is refused when what it breaks is not there, or there twice", () => {
    const [sabotage] = SABOTAGES;
    if (sabotage === undefined) throw new RangeError("there is none");
    for (const source of ["", `${sabotage.find}${sabotage.find}`])
      expect(() => brokenSource(sabotage, source)).toThrow(RangeError);
  });

  it("has a row on the page", () => {
    const page = read("docs/quality/sabotage.md");
    for (const { id, what } of SABOTAGES) expect(page).toContain(`| \`${id}\` | ${what} |`);
  });
});

describe("the table", () => {
  const seen = (failures: number): Looked["drills"][number] => ({
    ...{ name: "DR-02", verdict: failures > 0 ? "fail" : "pass", trials: 10, failures, says: "" },
  });
  const honest: Looked = { drills: [seen(0)], red: ["IDN-02"], rules: ["E-1"] };

  it("takes off what is seen of a server that nobody broke", () => {
    const looked: Looked = { drills: [seen(3)], red: ["DEL-01", "IDN-02"], rules: ["E-1", "E-13"] };
    expect(noticedOf(looked, honest)).toEqual({
      drills: ["DR-02 (3 of 10)"],
      controls: ["DEL-01"],
      rules: ["E-13"],
    });
  });

  it("lists what nobody noticed", () => {
    const [sabotage] = SABOTAGES;
    if (sabotage === undefined) throw new RangeError("there is none");
    const table = formatTable([{ sabotage, looked: honest }], honest);
    expect(table.split("\n").at(-1)).toMatch(/\| - \| - \| - \| \*\*no\*\* \|$/);
    const page = "x\n<!-- table: written by `npm run sabotage` -->\nold\n<!-- end of table -->\ny\n";
    expect(replaceTable(page, table)).toContain(table);
    expect(replaceTable(page, table)).not.toContain("old");
    expect(() => replaceTable("x", table)).toThrow(RangeError);
  });
});

describe("a server with one thing broken", () => {
  let stage: Stage | undefined;
  afterEach(() => stage?.close());

  const noticed = async (id: string, drills: readonly string[]): Promise<Looked> => {
    stage = await openStage(id);
    return lookAt(stage, drills);
  };

  it("is given away by a drill when any key will do for a proof", async () => {
    const { drills } = await noticed("no-proof-key", ["DR-02"]);
    expect(drills.find(({ name }) => name === "DR-02")).toMatchObject({ verdict: "fail" });
  }, 240_000);

  it("is given away by the verifier when it loses how a call ended", async () => {
    const { rules } = await noticed("outcome-lost", []);
    expect(rules).not.toEqual([]);
  }, 240_000);
});
