import { describe, expect, it } from "vitest";
import { scenarioDigest } from "../run/run-one.ts";
import { OWN_TARGET } from "../stage/target.ts";
import { ABSENT, DRILLS } from "./all-drills.ts";
import { isNarrower, parentOf } from "./widening.ts";

describe("the drills", () => {
  const all = [...DRILLS, ...ABSENT];

  it("say why, where they cannot run, and are not left out", () => {
    expect(DRILLS.filter(({ absent }) => absent !== undefined)).toEqual([]);
    expect(ABSENT.filter(({ absent }) => absent === undefined)).toEqual([]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it("have a scenario each, named by a digest of its own", () => {
    expect(new Set(all.map(scenarioDigest)).size).toBe(all.length);
  });
});

describe("the driver's own comparison of a token with its parent", () => {
  const jws = (claims: object): string => `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;
  const detail = {
    ...{ type: "mcp_tool", server: "drill-files", tools: ["read_note"], data_class: "internal", depth: 1 },
    ...{ constraints: { "/path": { prefix: "notes/a/" } }, caps: { calls: 5 } },
  };
  const files = "https://gate.test/mcp/drill-files";
  const parent = {
    sub: "s",
    iss: "i",
    txn: "t",
    aud: files,
    exp: 100,
    scope: "a b",
    authorization_details: [detail],
    ng: { reach: [files] },
  };
  const child = (more: object): boolean =>
    isNarrower(jws({ ...parent, ...more }), jws(parent), parentOf(OWN_TARGET));

  it("takes equal and less", () => {
    expect(child({})).toBe(true);
    expect(child({ exp: 50, scope: "a", authorization_details: [] })).toBe(true);
    expect(child({ authorization_details: [{ ...detail, caps: { calls: 1 }, data_class: "public" }] })).toBe(
      true,
    );
  });

  it.each<[string, object]>([
    ["life", { exp: 101 }],
    ["scope", { scope: "a b c" }],
    ["subject", { sub: "other" }],
    ["audience", { aud: "https://gate.test/mcp/other" }],
    ["reach", { ng: { reach: [files, "https://gate.test/mcp/other"] } }],
    ["tools", { authorization_details: [{ ...detail, tools: ["read_note", "write_note"] }] }],
    ["path", { authorization_details: [{ ...detail, constraints: { "/path": { prefix: "notes/" } } }] }],
    ["no constraint", { authorization_details: [{ ...detail, constraints: undefined }] }],
    ["class", { authorization_details: [{ ...detail, data_class: "confidential" }] }],
    ["no class", { authorization_details: [{ ...detail, data_class: undefined }] }],
    ["cap", { authorization_details: [{ ...detail, caps: { calls: 6 } }] }],
    ["no cap", { authorization_details: [{ ...detail, caps: undefined }] }],
    ["depth", { authorization_details: [{ ...detail, depth: 2 }] }],
    ["server", { authorization_details: [{ ...detail, server: "drill-store" }] }],
  ])("sees more %s", (_, more) => {
    expect(child(more)).toBe(false);
  });
});
