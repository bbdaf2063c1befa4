import { NON_WAIVABLE } from "@narrowgate/contracts";
import { isNarrowgateError, sha256 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { catalogue, catalogueDigest, rowOf } from "./catalogue.ts";
import controlsJson from "./controls.json" with { type: "json" };
import { cite, claimedClauses, lintCatalogue, lintClauses } from "./lint-clauses.ts";
import { readControls } from "./read-catalogue.ts";

/** Ids that stand in published texts and crosswalks, and are wrong or of another edition. */
const traps: readonly (readonly [string, string])[] = [
  ["an id with a letter less", "ASI@2026#A01"],
  ["an id of a framework that numbers nothing so", "MAESTRO@1#GOV-02"],
  ["a prefix nobody gave", "ASI@2026#AG-01"],
  ["a hyphen and a leading zero", "NHI@2025#NHI-03"],
  ["no version", "AICM#IAM-18"],
  ["the version before a renumbering", "AICM@1.0#IAM-19"],
  ["an id that the renumbering left without a clause", "AICM@1.1.0#TVM-99"],
  ["another crosswalk's spelling", "NHI@2025#NHI-6"],
  ["the version before, in the name of the id", "LLM@2026#LLM06:2025"],
  ["an id that stands, in a version that was not read", "CSF@1.1#PR.AA-01"],
  ["an id that was moved, in the version before", "AICM@1.0#IAM-12"],
  ["a hyphen in a final id", "ASI@2026#ASI-01"],
  ["a candidate of a draft", "ASI@2026#ASI16"],
  ["an edition that was superseded", "LLM@2025#LLM06:2025"],
  ["a gap in the numbering", "CSF@2.0#DE.CM-04"],
  ["another gap in the numbering", "CSF@2.0#RS.AN-04"],
  ["an id of the version before", "CSF@2.0#PR.AC-1"],
  ["the version before", "CSF@1.1#PR.AC-1"],
  ["an id that one project gave itself", "ASI-T@1.0#T16"],
  ["another id that one project gave itself", "ASI-T@1.0#BV-1"],
  ["a version that is not final", "MAESTRO@2#L8"],
  ["a layer that this version does not have", "MAESTRO@1#L8"],
  ["an overlay that exists as a plan", "COSAIS@1#SA-1"],
  ["an abbreviation of the function", "AIRMF@1.0#GV-1.6"],
];

describe("a clause", () => {
  test.each(traps)("is refused: %s (%s)", (_, ref) => {
    expect(cite(catalogue, ref).kind).toBe("refused");
    expect(lintClauses(catalogue, [ref])).toHaveLength(1);
  });

  test("that is a rule for one kind of system is claimed by no control", () => {
    expect(catalogue.controls.flatMap(claimedClauses)).not.toContain("AIACT@2024#Art.14(5)");
  });

  test("is cited with its framework, version and how it was read", () => {
    const citation = cite(catalogue, "ASI@2026#ASI03");
    expect(citation).toMatchObject({ kind: "cited", clause: { verified: true, read: "primary" } });
  });

  test("that was never read in a text keeps a report from being signed", () => {
    expect(cite(catalogue, "207A@2023#ID-SEG-REC-5").kind).toBe("cited");
    expect(lintClauses(catalogue, ["207A@2023#ID-SEG-REC-5"])[0]).toMatch(/never read/);
  });

  test("has no title where its licence keeps that from being shipped", () => {
    const bare = ["AICM", "AISVS", "AIUC", "COSAI", "TSC", "42001", "27001", "AIACT", "PCI", "TECH"];
    for (const { key, clauses } of catalogue.frameworks)
      if (bare.includes(key)) expect(clauses.filter(({ title }) => title !== undefined)).toEqual([]);
  });
});

describe("the catalogue", () => {
  test("has 49 controls, 31 drills and 30 questions, in order and without repetition", () => {
    const ids = catalogue.controls.map(({ id }) => id);
    expect(new Set(ids).size).toBe(49);
    expect(catalogue.drills.map(({ id }) => id)).toEqual([...new Set(catalogue.drills.map(({ id }) => id))]);
    expect([catalogue.drills.length, catalogue.questions.length]).toEqual([31, 30]);
  });

  test("may be signed", () => {
    expect(lintCatalogue(catalogue)).toEqual([]);
    expect(catalogue.controls.flatMap(claimedClauses).length).toBeGreaterThan(500);
  });

  test("holds exactly the controls that nobody can waive", () => {
    const ids = catalogue.controls.filter((row) => row.non_waivable).map(({ id }) => id);
    expect(new Set(ids)).toEqual(NON_WAIVABLE);
  });

  test("names no control and no drill that is not in it", () => {
    const controls = new Set(catalogue.controls.map(({ id }) => id));
    const drills = new Set(catalogue.drills.map(({ id }) => id));
    const named = [...catalogue.drills, ...catalogue.questions].flatMap((one) =>
      "evidences" in one ? one.evidences : one.controls,
    );
    expect(named.filter((id) => !controls.has(id))).toEqual([]);
    expect(catalogue.controls.flatMap((row) => row.drills).filter((id) => !drills.has(id))).toEqual([]);
  });

  test("speaks of one organisation", () => {
    expect(JSON.stringify(catalogue)).not.toMatch(/tenant/i);
  });

  test("is refused with a member that nobody knows", () => {
    const [first, ...rest] = controlsJson.controls;
    const changed = { ...controlsJson, controls: [{ ...first, waivable: true }, ...rest] };
    expect(() => readControls(changed, "")).toThrow(/waivable/);
  });

  test("has another digest when a word of it changes", () => {
    const [first, ...rest] = catalogue.controls;
    const changed = {
      ...catalogue,
      controls: [{ ...rowOf(catalogue, first?.id ?? ""), title: "Other" }, ...rest],
    };
    expect(catalogueDigest(sha256, changed)).not.toBe(catalogueDigest(sha256, catalogue));
  });

  test("has no row for a control that nobody wrote down", () => {
    let code: unknown;
    try {
      rowOf(catalogue, "XXX-01");
    } catch (error) {
      code = isNarrowgateError(error) ? error.code : error;
    }
    expect(code).toBe("internal_error");
  });
});
