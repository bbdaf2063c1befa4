import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Machine, makeMachine, PATIENCE_MS, saidOnError } from "../../packages/cli/test/run-cli.ts";
import { freePort } from "./harness/free-port.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Told {
  readonly isReady: boolean;
  readonly headline: string;
  readonly blocking: readonly string[];
  readonly work: { readonly closed: number; readonly completed: number; readonly verified: number };
  readonly usage: { readonly used: number };
  readonly questions: readonly { readonly state: string }[];
  readonly families: readonly {
    readonly controls: readonly {
      readonly id: string;
      readonly verdict: string;
      readonly result: {
        readonly population: { readonly count: number };
        readonly unmet?: string;
        readonly parameters: Readonly<Record<string, unknown>>;
      };
    }[];
  }[];
}

describe("an agent that has worked", () => {
  let machine: Machine;
  let told: Told;
  const of = (id: string) =>
    told.families.flatMap(({ controls }) => controls).find((control) => control.id === id);

  beforeAll(async () => {
    machine = await makeMachine();
    machine.env["PATH"] = [join(ROOT, "node_modules", ".bin"), machine.env["PATH"] ?? ""].join(delimiter);
    await saidOnError(machine.start(["up", "--port", String(await freePort())]), "is ready at");
    const file = join(ROOT, "pilots/hello/narrowgate.yaml");
    await machine.cli(["apply", "-f", file, "--yes", "--learn-pins"]);
    const code = await machine.cli(["agent", "join-code", "hello", "--plain"]);
    await machine.cli(["agent", "join", "hello"], code.out);
    for (let run = 0; run < 2; run++)
      await machine.cli([
        "run",
        "--agent",
        "hello",
        "--",
        process.execPath,
        join(ROOT, "pilots/hello/hello.mjs"),
      ]);
    const done = await machine.cli(["readiness", "hello", "--profile", "foundation", "--json"]);
    expect(done.exit, done.err).toBe(1);
    told = JSON.parse(done.out);
  }, PATIENCE_MS);
  afterAll(() => machine.end());

  it("is not ready, and every control that keeps it back says why", () => {
    expect(told.headline).toMatch(/^Not ready: hello under foundation/);
    expect(told.blocking.length).toBeGreaterThan(0);
    for (const id of told.blocking) {
      expect(of(id)?.verdict, id).not.toBe("pass");
      if (of(id)?.verdict !== "fail") expect(of(id)?.result.unmet, id).toBeTruthy();
    }
  });

  it("passes what its own record decides, and establishes nothing that nobody looked at", () => {
    for (const id of ["CRD-01", "CRD-04", "DEL-06", "POL-04", "POL-05", "EVD-05", "REL-06"]) {
      expect(of(id)?.verdict, id).toBe("pass");
      expect(of(id)?.result.population.count, id).toBeGreaterThan(0);
    }
    for (const id of ["DEL-01", "EVD-04", "CTN-03", "REL-01"])
      expect(of(id)?.verdict, id).toBe("not_established");
    for (const id of ["APR-01", "DEL-03"]) expect(of(id)?.verdict, id).toBe("not_applicable");
  });

  it("was replayed, and its heads compared: what is still missing is drills and witnesses", () => {
    expect(told.work).toMatchObject({ closed: 2, completed: 2, verified: 2, unverified: 0, calls: 2 });
    expect(told.usage.used).toBe(1);
    expect(of("EVD-01")?.result.unmet).toMatch(/^DR-19 has no result/);
    expect(of("EVD-01")?.result.population.count).toBeGreaterThan(2);
    expect(of("EVD-02")?.result.unmet).toMatch(/^no witness is asked/);
    expect(of("POL-02")?.result).toMatchObject({ decided: 3, violations_in_all: 0 });
  });

  it(
    "is reported in every format from the same evaluation",
    async () => {
      const economics = join(machine.folder, "economics.yaml");
      writeFileSync(economics, "currency: EUR\nvalue_per_task: 4\nbuild_cost: 900\nrun_cost_per_month: 30\n");
      const newest = ["readiness", "hello", "--profile", "foundation", "--newest", "--economics", economics];
      const text = await machine.cli(newest);
      expect(text.exit).toBe(1);
      expect(text.out).toContain(told.headline);
      expect(text.out).toMatch(/completed tasks +2 tasks \(measured/);
      expect(text.out).toMatch(/cost of building it +900 EUR \(assumption/);
      const written = await Promise.all(
        ["html", "oscal"].map(async (format) => {
          const file = join(machine.folder, `report.${format}`);
          expect((await machine.cli([...newest, "--format", format, "-o", file])).exit).toBe(1);
          return readFileSync(file, "utf8");
        }),
      );
      expect(written[0]).toContain("<h1>Readiness of hello</h1>");
      const { "assessment-results": results } = JSON.parse(written[1] ?? "");
      expect(results.results[0].findings).toHaveLength(49);
      for (const one of [text.out, ...written]) expect(one).not.toMatch(/production-ready/i);
    },
    PATIENCE_MS,
  );

  it(
    "is kept from itself: one operator alone waives nothing",
    async () => {
      const asked = await machine.cli([
        ...["waiver", "ask", "EVD-06", "hello", "--owner", "ona", "--reason", "a pilot"],
        ...["--compensating", "EVD-05", "--json"],
      ]);
      expect(asked.exit, asked.err).toBe(0);
      const { waiver } = JSON.parse(asked.out);
      const agreed = await machine.cli(["waiver", "agree", waiver.id]);
      expect(agreed.err).toContain("waiver_refused");
      expect((await machine.cli(["waiver", "list"])).out).toMatch(/EVD-06 +hello +ona +EVD-05 +asked/);
      const never = ["--owner", "ona", "--reason", "x", "--compensating", "DEL-01"];
      expect((await machine.cli(["waiver", "ask", "CRD-01", "hello", ...never])).err).toContain(
        "waiver_refused",
      );
      expect((await machine.cli(["waiver", "end", waiver.id])).out).toContain("ended");
    },
    PATIENCE_MS,
  );
});
