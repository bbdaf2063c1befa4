import { describe, expect, it } from "vitest";
import { openPeopleWorld } from "../../test/people/people-world.ts";
import { isBarred } from "../approvals/eligibility.ts";
import { signersOf } from "./people-ports.ts";

const ISSUER = "https://gate.example";

describe("a person who consented on our own page", () => {
  it("is the subject of that mandate, and does not approve for it; another person does", async () => {
    const world = await openPeopleWorld();
    const [grace, ada] = [await world.member("Grace"), await world.member("Ada")];
    const signers = signersOf(world.people, ISSUER);
    const barred = [`${ISSUER}#${grace.ref}`, "owner@example.com"];
    const isOwn = (ref: string): boolean | undefined => {
      const signer = signers.person(ref);
      return signer === undefined ? undefined : isBarred(signer, barred, signers);
    };
    expect([isOwn(grace.ref), isOwn(ada.ref)]).toEqual([true, false]);
    expect(signers.byIdentity(`https://other.example#${grace.ref}`)).toBeUndefined();
  });
});
