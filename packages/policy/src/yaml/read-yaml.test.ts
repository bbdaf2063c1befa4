import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readYaml } from "./read-yaml.ts";

describe("reading YAML", () => {
  test("gives plain values, with dates left as text", () => {
    const value = readYaml("a: 1\nb: [x, true, null]\nc: 2027-12-31\nd: { e: 1.5 }\n", "f.yaml");
    expect(value).toEqual({ a: 1, b: ["x", true, null], c: "2027-12-31", d: { e: 1.5 } });
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["a duplicate key", "a: 1\na: 2\n", /f\.yaml:2:1/],
    ["an alias", "a: &x 1\nb: *x\n", /anchors|aliases/],
    ["an anchor alone", "a: &x 1\n", /f\.yaml:1:\d+: anchors/],
    ["a bomb of aliases", `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n`, /anchors|aliases/],
    ["an unknown tag", "a: !secret x\n", /f\.yaml:1/],
    ["a tag that makes another type", "a: !!binary aGk=\n", /f\.yaml:1/],
    ["a second document", "a: 1\n---\nb: 2\n", /f\.yaml:\d/],
    ["a key that is a list", "? [a]\n: 1\n", /a key must be text/],
    ["a key that is a number", "1: a\n", /a key must be text/],
    ["a name objects have", "__proto__: { a: 1 }\n", /not taken/],
    ["a number beyond what is exact", "a: 9007199254740993\n", /exactly/],
    ["infinity", "a: .inf\n", /exactly/],
    ["a broken line", "a: [1, 2\n", /f\.yaml:\d/],
    ["a tab for indentation", "a:\n\tb: 1\n", /f\.yaml:2/],
  ];
  test.each(refused)("refuses %s and says where", (_, text, message) => {
    expect(() => readYaml(text, "f.yaml")).toThrow(message);
  });

  test("reads a merge key as an ordinary name, which no file may hold", () => {
    expect(readYaml("<<: { a: 1 }\n", "f.yaml")).toEqual({ "<<": { a: 1 } });
  });

  test("quotes nothing of a broken file beyond its place", () => {
    expect(() => readYaml("a: 1\na: hunter2-hunter2\n", "f.yaml")).toThrow(/^(?!.*hunter2)/s);
  });

  test("gives back every JSON document that was written as YAML", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        const plain: unknown = JSON.parse(JSON.stringify(value));
        const text = stringify(plain, { aliasDuplicateObjects: false, version: "1.2" });
        const isExact =
          !/[0-9]e\+?[0-9]/i.test(JSON.stringify(plain)) && !/\d{16}/.test(JSON.stringify(plain));
        fc.pre(isExact);
        expect(readYaml(text, "f.yaml")).toEqual(plain);
      }),
      { numRuns: 200 },
    );
  });
});
