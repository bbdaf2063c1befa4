import { parseAuthority } from "@narrowgate/authority";
import type { EntitlementSpec, MandateDocument } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { checkEntitled, createEntitledCheck, excessOf } from "./check-entitled.ts";

const PEOPLE = "https://people.example";
const detail = (...tools: string[]) => ({ type: "mcp_tool", server: "files", tools });
const authority = (scope: string[], ...tools: string[]) => ({
  scope,
  resource: ["https://gate.example/mcp/files"],
  authorization_details: tools.length === 0 ? [] : [detail(...tools)],
});
const READ = authority(["files:read"], "read");
const WRITE = authority(["files:write"], "write");
const BOTH = {
  ...authority(["files:read", "files:write"]),
  authorization_details: [detail("read"), detail("write")],
};

function documentOf(wanted: MandateDocument["authority"], subject = `${PEOPLE}#ada`): MandateDocument {
  parseAuthority(wanted);
  const rest = { salt: randomId(), agent: "desk", purpose: "sort mail", expires: 4_000_000_000 };
  return { v: 1, ...rest, subject, authority: wanted, idleSeconds: 60 };
}

const mapping = (...rules: EntitlementSpec[]) => ({ entry: randomId(), rules });
const DESK = mapping(
  { group: "support", authority: READ },
  { group: "refunds", issuer: PEOPLE, authority: WRITE },
  { subject: `${PEOPLE}#eve`, authority: READ },
);

describe("what a person may have an agent do", () => {
  test("is the union of all that names her or a group of hers", () => {
    const both = { document: documentOf(BOTH) };
    expect(excessOf({ ...both, groups: ["refunds", "support"] }, DESK)).toBeUndefined();
    expect(excessOf({ ...both, groups: ["support"] }, DESK)).toMatchObject({ dimension: "scope" });
    expect(excessOf({ document: documentOf(READ, `${PEOPLE}#eve`) }, DESK)).toBeUndefined();
  });

  test("is the same union in whatever order the mapping names it", () => {
    const reversed = mapping(...[...DESK.rules].reverse());
    const asked = { document: documentOf(BOTH), groups: ["refunds", "support"] };
    expect(excessOf(asked, reversed)).toBeUndefined();
  });

  test("is said where a mandate exceeds it", () => {
    const asked = { document: documentOf(BOTH), groups: ["support"] };
    expect(() => checkEntitled(asked, DESK)).toThrow(
      expect.objectContaining({
        code: "not_entitled",
        publicMessage: expect.stringContaining("in scope at /scope/"),
      }),
    );
    expect(() => checkEntitled(asked, undefined)).not.toThrow();
  });

  test("is nothing for one whom nothing names, and also for one whose issuer states no groups", () => {
    for (const groups of [undefined, [], ["Support"], ["other"]])
      expect(
        excessOf({ document: documentOf(READ), ...(groups === undefined ? {} : { groups }) }, DESK),
      ).toBeDefined();
    expect(excessOf({ document: documentOf(READ), groups: ["support"] }, mapping())).toBeDefined();
  });

  test("follows a group only from the issuer that is named with it", () => {
    const other = documentOf(WRITE, "https://people.example.evil#ada");
    expect(excessOf({ document: other, groups: ["refunds"] }, DESK)).toBeDefined();
    expect(excessOf({ document: documentOf(WRITE), groups: ["refunds"] }, DESK)).toBeUndefined();
  });

  test("binds no agent on its own behalf, and nobody where no mapping is in force", () => {
    expect(excessOf({ document: documentOf(BOTH, "agent:desk") }, DESK)).toBeUndefined();
    expect(excessOf({ document: documentOf(BOTH) }, undefined)).toBeUndefined();
  });

  test("is asked anew for an open mandate when the mapping changes", () => {
    let inForce: typeof DESK | undefined = DESK;
    const check = createEntitledCheck(() => inForce);
    const mandate = {
      id: randomId(),
      txn: "t",
      entry: randomId(),
      document: documentOf(READ),
      digest: "d",
      subjectRef: randomId(),
      basis: "signed_by_subject",
      state: "open",
      openedAtMs: 0,
      groups: ["support"],
    } as const;
    const seen = [check(mandate)];
    inForce = mapping({ group: "refunds", authority: WRITE });
    seen.push(check(mandate), check(mandate));
    inForce = undefined;
    seen.push(check(mandate));
    expect(seen).toEqual([true, false, false, true]);
  });
});
