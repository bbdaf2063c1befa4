import { isNarrowgateError } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { isSameActor, parseActorChain } from "./actor-chain.ts";

/** What the refusal says to whoever sent the chain. */
function refusalOf(claim: unknown): string {
  try {
    parseActorChain(claim);
  } catch (error) {
    if (isNarrowgateError(error)) return `${error.code} ${error.publicMessage}`;
    throw error;
  }
  return "accepted";
}

const actor = { iss: "https://gate.example", sub: "agent:a" };

describe("an actor chain that was sent", () => {
  it.each(["\u0000", "\n", "\u001f", "\u007f"])("may hold %j nowhere in a name", (hidden) => {
    for (const sub of [`${hidden}agent`, `agent${hidden}a`, `agent${hidden}`])
      expect(refusalOf({ ...actor, sub })).toMatch(/^malformed_authority \/act\/sub\b/);
  });

  it.each(["iss", "sub", "sub_profile"])(
    "is refused with a pointer to %s where that is no text",
    (member) => {
      expect(refusalOf({ ...actor, [member]: 7 })).toMatch(`malformed_authority /act/${member}`);
      expect(refusalOf({ ...actor, act: { ...actor, [member]: "" } })).toMatch(
        `malformed_authority /act/act/${member}`,
      );
    },
  );

  it.each(["iss", "sub", "sub_profile"])("holds no half of a character in %s", (member) => {
    expect(refusalOf({ ...actor, [member]: "a\ud800" })).toMatch(`malformed_authority /act/${member}`);
  });

  it("says nothing of what kind an actor is when it was not said", () => {
    expect(parseActorChain(actor)).toStrictEqual([actor]);
  });
});

describe("two layers name the same actor", () => {
  it("only when issuer and subject agree", () => {
    expect(isSameActor(actor, { ...actor, subProfile: "service" })).toBe(true);
    expect(isSameActor(actor, { ...actor, iss: "https://other.example" })).toBe(false);
    expect(isSameActor(actor, { ...actor, sub: "agent:b" })).toBe(false);
  });
});
