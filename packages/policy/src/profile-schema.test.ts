import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import { type CompileOutcome, compilePolicies, schemaFromRegistry } from "./index.ts";

const engine = createNodeEngine();
const { schema } = schemaFromRegistry({ tools: [] });

const DOORS = `namespace Doors {
  entity person { badge?: String };
  entity door;
  action open appliesTo { principal: [person], resource: [door], context: { action: { force?: Bool } } };
}`;
const MAY_OPEN = `@id("doors.open")
permit (principal is Doors::person, action == Doors::Action::"open", resource)
when { principal has badge && principal.badge == "blue" };`;
const MAY_MINT = `@id("mint") permit (principal is Agent, action == Action::"mint_token", resource);`;

function compile(profile: string, ...policies: string[]): CompileOutcome {
  const files = [{ name: "authzen/doors.cedarschema", text: profile }];
  return compilePolicies(engine, {
    schema,
    files: [...files, { name: "a.cedar", text: policies.join("\n") }],
  });
}

const request = (badge: string) => ({
  principal: { type: "Doors::person", id: "ada" },
  action: { type: "Doors::Action", id: "open" },
  resource: { type: "Doors::door", id: "7" },
  context: { action: {} },
  entities: [
    { uid: { type: "Doors::person", id: "ada" }, attrs: { badge }, parents: [] },
    { uid: { type: "Doors::door", id: "7" }, attrs: {}, parents: [] },
  ],
});

describe("a bundle with a profile", () => {
  it("decides in the profile's namespace, beside its own, and is named after both", () => {
    const outcome = compile(DOORS, MAY_OPEN, MAY_MINT);
    if (outcome.kind === "rejected") throw new Error(JSON.stringify(outcome.problems));
    expect(outcome.profile).toBe("Doors");
    for (const decide of ["decide", "decideUnsliced"] as const) {
      expect(outcome.policies[decide](request("blue"))).toMatchObject({
        verdict: "allow",
        policies: ["doors.open"],
      });
      expect(outcome.policies[decide](request("red"))).toMatchObject({ verdict: "deny", policies: [] });
    }
    const other = compile(`${DOORS} // another text`, MAY_OPEN, MAY_MINT);
    expect(other.kind === "compiled" && other.policies.digest).not.toBe(outcome.policies.digest);
  });

  const rejected: Readonly<Record<string, readonly [string, string, string]>> = {
    "two namespaces": [`${DOORS} namespace More { entity a; }`, MAY_OPEN, "exactly one namespace"],
    "types of its own beside the instance's": [`entity Agent2; ${DOORS}`, MAY_OPEN, "exactly one namespace"],
    "nothing at all": ["", MAY_OPEN, "exactly one namespace"],
    "an attribute that is an entity": [
      DOORS.replace("badge?: String", "boss?: person"),
      MAY_OPEN,
      "a value is a String",
    ],
    "a text that is no schema": ["namespace Doors {\n  entity;\n}", MAY_OPEN, "unexpected token"],
    "a policy of both sides": [DOORS, `@id("all") permit (principal, action, resource);`, "name the actions"],
    "a policy of both sides by its actions": [
      DOORS,
      `@id("two") forbid (principal, action in [Action::"call_tool", Doors::Action::"open"], resource);`,
      "name the actions",
    ],
  };
  it.each(Object.entries(rejected))("is rejected for %s", (_name, [profile, policy, message]) => {
    const outcome = compile(profile, policy);
    expect(outcome.kind === "rejected" && outcome.problems.map((one) => one.message).join("; ")).toContain(
      message,
    );
  });

  it("takes policies whose types leave no doubt which side they speak of", () => {
    expect(
      compile(
        DOORS,
        `@id("own") forbid (principal is Agent, action, resource) when { principal.tier == "T1" };`,
        `@id("theirs") forbid (principal, action, resource is Doors::door);`,
      ).kind,
    ).toBe("compiled");
  });

  it("has one profile and no more, and says in which line a profile is wrong", () => {
    const two = compilePolicies(engine, {
      schema,
      files: [
        { name: "a.cedarschema", text: DOORS },
        { name: "b.cedarschema", text: DOORS },
      ],
    });
    expect(two).toMatchObject({ kind: "rejected", problems: [{ file: "b.cedarschema" }] });
    expect(compile("namespace Doors {\n  entity;\n}", MAY_OPEN)).toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({ file: "authzen/doors.cedarschema", line: 2 }),
      ]),
    });
  });
});
