import { readFileSync } from "node:fs";
import type { ReadinessFacts } from "@narrowgate/contracts";
import { parseReadinessFacts } from "@narrowgate/contracts";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { evaluationOf, factsOf } from "../../test/report-facts.ts";
import { catalogue } from "../catalogue/catalogue.ts";
import { full } from "../profiles/profiles.ts";
import { emptyFixture, fixture } from "../self-test/fixture.ts";
import { drillsOf } from "../self-test/normal-world.ts";
import { buildReport, type ReadinessReport } from "./build-report.ts";
import { economicsOf, readAssumptions } from "./economics.ts";
import { escapeHtml, formatHtml } from "./format-html.ts";
import { formatOscal } from "./format-oscal.ts";
import { formatText } from "./format-text.ts";
import { weightOf } from "./weight-of.ts";

const facts = factsOf();
const report = buildReport(catalogue, facts);
const nothing = buildReport(catalogue, factsOf(emptyFixture()));
const plain = { width: 80, paint: (_: string, text: string) => text };
const given = { currency: "EUR", value_per_task: 14, build_cost: 12_000, run_cost_per_month: 100 };
const control = ({ families }: ReadinessReport, id: string) =>
  families.flatMap(({ controls }) => controls).find((one) => one.id === id);

/** Every control passes: what cannot be reached yet, and the wording must be right all the same. */
function allPass(profile: ReadinessFacts["profile"]): ReadinessFacts {
  const { evaluation } = facts;
  const results = evaluation.results.map(({ unmet: _, predicate: __, ...result }) => ({
    ...result,
    verdict: "pass" as const,
    population: { ...result.population, count: 1 },
    decided: 1,
  }));
  return { ...facts, profile, evaluation: { ...evaluation, results, verdict: "ready", blocking: [] } };
}

describe("a report", () => {
  test("is made of facts that are read back as they were written", () => {
    expect(parseReadinessFacts(JSON.parse(JSON.stringify(facts)))).toEqual(facts);
    expect(() => parseReadinessFacts({ ...facts, more: 1 })).toThrow(/more/);
  });

  test("has each control once, in its family, and counts verdicts over all of them", () => {
    const ids = report.families.flatMap(({ controls }) => controls.map(({ id }) => id));
    expect([...ids].sort()).toEqual(catalogue.controls.map(({ id }) => id).sort());
    expect(Object.values(report.counts).reduce((a, b) => a + b, 0)).toBe(49);
    expect(report.blocking).toEqual(facts.evaluation.blocking);
  });

  test("speaks of production under the profile that may, and only when nothing blocks", () => {
    expect(buildReport(catalogue, allPass(full)).headline).toMatch(/^Production-ready/);
    expect(buildReport(catalogue, allPass(facts.profile)).headline).toMatch(/^Ready: /);
    const texts = [allPass(facts.profile), facts].map((one) => {
      const made = buildReport(catalogue, one);
      return [...formatText(made, plain), formatHtml(made), JSON.stringify(formatOscal(made))].join("\n");
    });
    for (const text of texts) expect(text).not.toMatch(/production-ready/i);
    expect(nothing.headline).toMatch(/^Not ready: /);
  });

  test("says of a control that holds only what it would do", () => {
    const { families } = buildReport(catalogue, allPass(full));
    const said = families.flatMap(({ controls }) => controls.map(weightOf));
    expect(new Set(said)).toEqual(new Set(["would block", "would warn"]));
    expect(nothing.families.flatMap(({ controls }) => controls.map(weightOf))).toContain("keeps it back");
  });

  test("puts what keeps the release back first, and says what would raise it", () => {
    const ranks = nothing.findings.map(({ severity }) => ["blocks", "warns", "open"].indexOf(severity));
    expect(ranks).toEqual([...ranks].sort());
    expect(
      nothing.findings.filter(({ severity }) => severity === "blocks").map((one) => one.control),
    ).toEqual([...nothing.blocking].sort());
    for (const { says, raise } of nothing.findings) expect(`${says}${raise}`).not.toBe("");
  });
});

describe("the level of a control", () => {
  test.each([
    ["nothing was looked at", nothing, "DEL-01", 0],
    ["a counter-example stands", undefined, "CRD-01", 1],
    ["every drill it names passed", report, "DEL-01", 4],
    ["no drill is named", report, "CRD-04", 3],
    ["a drill is not in this version", report, "CTN-02", 3],
  ] as const)("when %s", (_, made, id, level) => {
    const broken = { ...facts.evaluation };
    broken.results = broken.results.map((one) =>
      one.control === id ? { ...one, verdict: "fail" as const, violations_in_all: 1 } : one,
    );
    const one = made ?? buildReport(catalogue, { ...facts, evaluation: broken });
    expect(control(one, id)?.maturity.level).toBe(level);
    expect(control(one, id)?.maturity.raise).not.toBe("");
  });

  test("is the highest at the load of the catalogue and with trials enough", () => {
    const drills = drillsOf(full, facts.evaluation.at);
    expect(control(buildReport(catalogue, { ...facts, drills }), "DEL-01")?.maturity).toEqual({ level: 5 });
  });
});

describe("a clause", () => {
  test("is answered only where every control that answers it passes; one that fails takes it away", () => {
    const grades = (made: ReadinessReport) =>
      new Map(
        made.frameworks.flatMap(({ key, clauses }) =>
          clauses.map((one) => [`${key}#${one.id}`, one] as const),
        ),
      );
    const all = grades(buildReport(catalogue, allPass(full)));
    const direct = [...all].filter(([, { grade }]) => grade === "direct");
    expect(direct.length).toBeGreaterThan(50);
    for (const [, { open, read }] of direct) {
      expect(open).toEqual([]);
      expect(read).not.toBe("not read");
    }
    const none = [...grades(nothing).values()].filter(({ grade }) => grade === "direct");
    expect(none.every(({ by }) => by.every((id) => control(nothing, id)?.verdict === "pass"))).toBe(true);
    expect([...grades(nothing).values()].some(({ grade }) => grade === "not_established")).toBe(true);
  });

  test("is named by its id alone where its publisher reserves the rest", () => {
    for (const { licence, clauses } of report.frameworks) {
      if (/ids alone|numbers alone/.test(licence))
        for (const one of clauses) expect(one.title).toBeUndefined();
    }
  });
});

describe("the reviewer's questions", () => {
  test("are thirty; each has a state, what shows it, and why it is open", () => {
    expect(report.questions.map(({ n }) => n)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    for (const { shown, state, open } of report.questions) {
      expect(shown.length).toBeGreaterThan(0);
      expect(state === "answered").toBe(open.length === 0);
    }
    expect(nothing.questions.filter(({ state }) => state === "answered")).toEqual([]);
  });
});

test("granted operations stand beside what was used, and what is not granted any more", () => {
  const { rows, used, idleWrites, gone } = report.usage;
  expect(rows.map(({ name, calls }) => [name, calls])).toEqual([
    ["read_text", 150],
    ["write_text", 0],
    ["send_money", 0],
  ]);
  expect({ used, idleWrites, gone }).toEqual({ used: 1, idleWrites: 2, gone: ["files/tool/gone"] });
});

describe("economics", () => {
  const { window } = fixture().world;
  const work = facts.work;
  const value = (name: string, given: object, over = work) =>
    economicsOf(over, readAssumptions(given)).find((one) => one.name === name)?.value;

  test("divide what was spent by completed tasks, and say when it pays", () => {
    expect(window.to - window.from).toBe(30 * 86_400_000);
    const rates = { ...given, cost_per_call: 0.5, approver_cost_per_hour: 60 };
    // 100 for the month, 200 calls at 0.5, 20 minutes of an approver at 60 an hour: 220 over 40 tasks.
    expect(value("cost per governed task", rates)).toBe(5.5);
    expect(value("value less cost in the window", rates)).toBe(340);
    expect(value("break-even", rates)).toBe(35.29);
  });

  test("say nothing that cannot be said", () => {
    expect(value("cost per governed task", given, { ...work, completed: 0 })).toBeUndefined();
    expect(value("break-even", { ...given, value_per_task: 1 })).toBeUndefined();
  });

  test("name what is assumed, and refuse what is no number", () => {
    const bases = economicsOf(work, readAssumptions(given)).map(({ basis }) => basis);
    expect(new Set(bases)).toEqual(new Set(["measured", "assumption", "computed"]));
    expect(() => readAssumptions({ ...given, build_cost: "much" })).toThrow(/build_cost/);
    expect(() => readAssumptions({ ...given, build_cost: -1 })).toThrow(/build_cost/);
  });
});

describe("text", () => {
  test("keeps within the width it is given, and says all in words", () => {
    for (const width of [60, 100]) {
      const lines = formatText(report, { ...plain, width });
      const long = lines.filter((line) => line.length > width && line.includes(" ") && !/\S{30}/.test(line));
      expect(long).toEqual([]);
    }
    const text = formatText(report, plain).join("\n");
    for (const title of ["Controls", "Findings", "Drills", "Granted and used", "A reviewer's questions"])
      expect(text).toContain(`\n${title}\n`);
  });
});

test("text of others moves no cursor and turns no direction", () => {
  const agent = { ...facts.agent, owner: "ona\u001b[2J\u202e", id: "tri\u0007age" };
  const granted = facts.granted.map((one) => ({ ...one, name: "a\u001b[1mb" }));
  const text = formatText(buildReport(catalogue, { ...facts, agent, granted }), plain).join("\n");
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

describe("the page", () => {
  const made = buildReport(catalogue, facts, readAssumptions(given));
  const html = formatHtml(made);

  test("escapes what others wrote, and holds no script and nothing from elsewhere", () => {
    expect(escapeHtml(`<a href="x" id='y'>&`)).toBe("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
    expect(html).toContain("answers &lt;tickets&gt;");
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
  });

  test("names each place once, and every link inside leads somewhere", () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, to] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(to);
  });
});

describe("OSCAL", () => {
  const schema = new URL("../../test/vendor/oscal_assessment-results_schema-1.1.1.json", import.meta.url);
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat("uri", (text) => URL.canParse(text));
  ajv.addFormat("uri-reference", (text) => URL.canParse(text, "https://base.example"));
  ajv.addFormat("date-time", (text) => !Number.isNaN(Date.parse(text)));
  ajv.addFormat("email", true);
  const validate = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));

  test.each([
    ["normal life", report],
    ["nothing", nothing],
  ] as const)("of %s is what the schema of NIST asks for", (_, made) => {
    expect(validate(formatOscal(made)), JSON.stringify(validate.errors)).toBe(true);
  });

  test("of anything else is not", () => {
    const { "assessment-results": results } = formatOscal(report);
    expect(validate({ "assessment-results": { ...Object(results), uuid: "none" } })).toBe(false);
    expect(validate({ "assessment-results": { ...Object(results), results: [] } })).toBe(false);
  });

  test("has a finding and an observation for each control, and the same ids each time", () => {
    const text = JSON.stringify(formatOscal(report));
    expect(text).toBe(JSON.stringify(formatOscal(buildReport(catalogue, factsOf()))));
    expect(text.match(/"target-id":"[a-z]{3}-\d\d"/g)).toHaveLength(49);
    expect(text.match(/"objective-id"/g)).toHaveLength(49);
  });
});

test("an evaluation of the same log is the same", () => {
  expect(evaluationOf(fixture())).toEqual(facts.evaluation);
});
