import { parseStatement } from "@narrowgate/contracts";
import { utf8 } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { approvalLeaves, approvalWorld, outcome } from "../../test/approvals/approval-world.ts";
import { altered, makePasskey, place } from "../../test/approvals/passkey.ts";

const invalid = (why: RegExp) => expect.stringMatching(new RegExp(`^approval_invalid: .*${why.source}`));

describe("a call that waits for a person", () => {
  it("is asked once, however often it is tried, and again when it differs by a byte", async () => {
    const world = await approvalWorld();
    const first = world.ask();
    const again = world.ask();
    const other = world.ask(world.call({ arguments: { order: "A-17", cents: 1251 } }));
    expect(first).toMatchObject({ kind: "asked", requires: ["approver#1"] });
    expect(again).toMatchObject({ kind: "asked", handle: first.handle, drafts: [] });
    expect(other.handle).not.toBe(first.handle);
    expect(approvalLeaves(world).map(({ action }) => action)).toEqual(["requested", "requested"]);
  });

  it("passes once a person has signed, for exactly that call and once", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    expect(world.held()).toEqual([]);
    expect(await world.answer(handle, world.people.enrol("Bea", ["approver"]))).toBe("approve");
    expect(world.held()).toEqual(["approver#1"]);
    expect(world.held(world.call({ arguments: { order: "A-17", cents: 1_000_000 } }))).toEqual([]);
    expect(world.held(world.call({ pin: { approved: "other" } }))).toEqual([]);
    const entries = world.approvals.held(world.call(), () => world.read).map(({ entry }) => entry);
    const taken = world.approvals.take(world.txn, entries);
    world.log.record(taken.drafts, taken.changes);
    taken.apply();
    expect(world.held()).toEqual([]);
    expect(world.approvals.describe(handle)).toEqual({ state: "used" });
    expect((await world.restart()).approvals.list()).toEqual([]);
  });

  it("is over when the person refuses", async () => {
    const world = await approvalWorld();
    const bea = world.people.enrol("Bea", ["approver"]);
    const { handle } = world.ask();
    const approve = bea.sign(world.statement(handle));
    expect(await world.answer(handle, bea, "refuse")).toBe("refuse");
    expect(
      await outcome(world.approvals.sign({ handle, credential: bea.id, signed: { ...approve } })),
    ).toEqual(invalid(/not open any more/));
    expect(world.held()).toEqual([]);
    expect(approvalLeaves(world).map(({ action }) => action)).toEqual(["requested", "refused"]);
  });

  it("waits for as many different people as policy wants", async () => {
    const world = await approvalWorld();
    const requires = ["approver#1", "approver#2"];
    const { handle } = world.ask(world.call(), requires);
    const bea = world.people.enrol("Bea", ["approver"]);
    const cleo = world.people.enrol("Cleo", ["approver"]);
    expect(await world.answer(handle, bea)).toBe("approve");
    expect(world.ask(world.call(), requires)).toMatchObject({ requires: ["approver#2"], handle });
    expect(await world.answer(handle, bea, "approve", "approver#2")).toEqual(invalid(/another person/));
    expect(await world.answer(handle, cleo, "approve", "approver#2")).toBe("approve");
    expect(world.held()).toEqual(requires);
  });

  it("is still there after a restart, signed or not", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    const open = await world.restart();
    expect(await open.answer(handle, world.people.enrol("Bea", ["approver"]))).toBe("approve");
    expect((await open.restart()).held()).toEqual(["approver#1"]);
  });

  it("is shown as typed fields, and what is signed names what is shown", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    const shown = world.approvals.describe(handle);
    expect(shown).toMatchObject({ state: "open", rpId: place.rpId, alike: 0 });
    const rows = shown?.state === "open" ? shown.rows : [];
    expect(rows.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      "Agent: triage",
      "For: https://idp.example.test#ada",
      "Server: payments",
      "Operation: tool refund",
      "Effect: irreversible",
      "Data class: confidential",
      "/cents: 1250",
      '/order: "A-17"',
      "Asked because: refunds take a person",
      "Read before: internal",
    ]);
    expect(parseStatement(utf8(world.statement(handle)))).toMatchObject({ kind: "approve", txn: world.txn });
  });
});

describe("silence, and an end", () => {
  it("is no", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    const bea = world.people.enrol("Bea", ["approver"]);
    await world.answer(handle, bea);
    world.clock.advance(15 * 60_000);
    expect(world.held()).toEqual([]);
    await world.approvals.sweep();
    expect(world.approvals.describe(handle)).toEqual({ state: "expired" });
    expect(approvalLeaves(world).at(-1)).toMatchObject({ action: "expired" });
    expect((await world.restart()).approvals.list()).toEqual([]);
  });

  it("begins early enough that nothing is recorded behind the end", async () => {
    const world = await approvalWorld();
    const [first, second] = [world.ask(), await approvalWorld()];
    const bea = world.people.enrol("Bea", ["approver"]);
    world.clock.advance(15 * 60_000 - 1_001);
    await world.answer(first.handle, bea);
    expect(world.held()).toHaveLength(1);
    world.clock.advance(1);
    expect(world.held()).toEqual([]);
    const { handle } = second.ask();
    second.clock.advance(15 * 60_000 - 1);
    expect(second.approvals.describe(handle)).toEqual({ state: "expired" });
  });

  it("comes with the mandate, in the commit that closes it", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    const ended = world.approvals.endTransaction(world.txn);
    expect(ended.drafts.map(({ body }) => body["action"])).toEqual(["withdrawn"]);
    expect(ended.changes.map(({ value }) => value)).toEqual([null]);
    expect(world.approvals.describe(handle)).toEqual({ state: "withdrawn" });
    expect(world.news.map(({ event }) => event)).toEqual(["requested", "withdrawn"]);
  });

  it("comes with containment of what it rests on, before anybody has swept", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    const bea = world.people.enrol("Bea", ["approver"]);
    await world.answer(handle, bea);
    world.epochs.set(`agent:${world.call().agent.ref}`, 1);
    expect(world.held()).toEqual([]);
    expect(world.approvals.describe(handle)).toEqual({ state: "withdrawn" });
    await world.approvals.withdrawRevoked();
    expect(approvalLeaves(world).at(-1)).toMatchObject({ action: "withdrawn" });
  });

  it("comes when more was read than the person was shown: she is asked anew", async () => {
    const world = await approvalWorld();
    const first = world.ask();
    await world.answer(first.handle, world.people.enrol("Bea", ["approver"]));
    world.read = { class: "internal", untrusted: true };
    expect(world.held()).toEqual([]);
    expect(world.ask().handle).not.toBe(first.handle);
    expect(world.approvals.describe(first.handle)).toEqual({ state: "withdrawn" });
  });

  it("comes when who signed has left", async () => {
    const world = await approvalWorld();
    const bea = world.people.enrol("Bea", ["approver"]);
    const { handle } = world.ask();
    await world.answer(handle, bea);
    world.people.remove(bea.ref);
    expect(world.held()).toEqual([]);
    expect(world.ask().handle).not.toBe(handle);
  });
});

describe("who may not answer", () => {
  it.each([
    ["the subject, by an account", "Ada", ["https://idp.example.test#ada"]],
    ["the owner, by her address", "owner@example.test", []],
    ["the deputy, by a linked account", "Dora", ["https://other.test#d", "mailto:Deputy@example.test"]],
    ["an agent of the chain", "triage", []],
  ])("%s", async (_, name, identities) => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    const key = world.people.enrol(name, ["approver"], identities);
    expect(await world.answer(handle, key)).toEqual(invalid(/is your own/));
    expect(await world.answer(handle, key, "refuse")).toEqual(invalid(/is your own/));
    expect(world.held()).toEqual([]);
  });

  it("whose account the subject's once was", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    const key = world.people.enrol("Lovelace", ["approver"], ["https://idp.example.test#ada"]);
    world.people.unlink(key.ref);
    expect(await world.answer(handle, key)).toEqual(invalid(/is your own/));
  });

  it("who consented to the task on the gate's own page", async () => {
    const world = await approvalWorld();
    const key = world.people.enrol("Ada", ["approver"]);
    const call = world.call();
    const { handle } = world.ask({
      ...call,
      claims: { ...call.claims, sub: `https://gate.test#${key.ref}` },
    });
    expect(await world.answer(handle, key)).toEqual(invalid(/is your own/));
  });

  it("whoever lacks the role, has left, or was never enrolled", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    expect(await world.answer(handle, world.people.enrol("Sam", ["security"]))).toEqual(
      invalid(/takes the role/),
    );
    const gone = world.people.enrol("Bea", ["approver"]);
    world.people.remove(gone.ref);
    expect(await world.answer(handle, gone)).toEqual(invalid(/not enrolled/));
    expect(await world.answer(handle, makePasskey(place))).toEqual(invalid(/not enrolled/));
    const elsewhere = world.people.enrol("Eve", ["approver"], [], "gate.example.test");
    expect(await world.answer(handle, elsewhere)).toEqual(invalid(/not enrolled for approvals/));
  });
});

describe("what is not a signature for this request", () => {
  const open = async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    const bea = world.people.enrol("Bea", ["approver"]);
    const statement = world.statement(handle);
    const sign = (signed: object) =>
      outcome(world.approvals.sign({ handle, credential: bea.id, signed: { ...signed } }));
    return { world, handle, bea, statement, sign };
  };

  it.each([
    ["a refusal turned into an approval", { kind: "refuse" }, /signature is not one of this page/],
    ["another action", { action: "A".repeat(43) }, /another request/],
    ["another end", { not_after: 1_795_009_000_000 }, /another request/],
    ["other rows", { rendered: "A".repeat(43) }, /another request/],
    ["other labels", { labels: { class: "public", untrusted: false } }, /another request/],
    ["another nonce", { nonce: "A".repeat(22) }, /another request/],
    ["a release", { kind: "release" }, /neither/],
    ["a declassification", { kind: "declassify" }, /neither/],
    ["a step-up", { kind: "step_up" }, /neither/],
    ["a slot nobody asked for", { slot: 2 }, /not asked for/],
    ["a role nobody asked for", { role: "security" }, /not asked for/],
  ])("%s", async (_, over, why) => {
    const { bea, statement, sign } = await open();
    const signed = bea.sign(altered(statement, over));
    // Turned: signed as one kind, sent as the other.
    const sent = "kind" in over && over.kind === "refuse" ? { ...signed, statement } : signed;
    expect(await sign(sent)).toEqual(invalid(why));
  });

  it.each([
    ["at another origin", { origin: "https://gate.example.test" }],
    ["of another relying party", { rpId: "example.test" }],
    ["inside a page of somebody else", { more: { crossOrigin: true } }],
    ["below another page", { more: { topOrigin: "https://evil.test" } }],
    ["without the person verified", { flags: 0x01 }],
    ["without anybody present", { flags: 0x04 }],
    ["as the making of a passkey", { type: "webauthn.create" }],
    ["for a sign-in", { challenge: "Q2hhbGxlbmdlLW9mLWEtc2lnbi1pbi1jZXJlbW9ueQ" }],
  ])("made %s", async (_, ceremony) => {
    const { bea, statement, sign } = await open();
    expect(await sign(bea.sign(statement, ceremony))).toEqual(invalid(/not one of this page/));
  });

  it("one of another key, with a flipped bit, or used before", async () => {
    const { world, handle, bea, statement, sign } = await open();
    expect(await sign(makePasskey(place).sign(statement))).toEqual(invalid(/does not verify/));
    const good = bea.sign(statement);
    expect(await sign({ ...good, signature: "AAAA" })).toEqual(invalid(/does not verify/));
    const bytes = Buffer.from(good.signature, "base64url");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(await sign({ ...good, signature: bytes.toString("base64url") })).toEqual(
      invalid(/does not verify/),
    );
    expect(await sign(good)).toBe("approve");
    expect(await sign(good)).toEqual(invalid(/is there already/));
    expect(world.log.of("approval")).toHaveLength(2);
    expect(world.approvals.describe(handle)).toMatchObject({ state: "open", choices: [] });
  });

  it("one that comes too late, or after containment or the end of the mandate", async () => {
    for (const end of [
      (world: Awaited<ReturnType<typeof approvalWorld>>) => world.clock.advance(15 * 60_000),
      (world: Awaited<ReturnType<typeof approvalWorld>>) => world.setMandate("closed"),
      (world: Awaited<ReturnType<typeof approvalWorld>>) =>
        world.epochs.set(`agent:${world.call().agent.ref}`, 1),
    ]) {
      const { world, bea, statement, sign } = await open();
      end(world);
      expect(await sign(bea.sign(statement))).toEqual(invalid(/has ended/));
      expect(world.held()).toEqual([]);
    }
  });
});

describe("an answer that is refused", () => {
  it("is told of when a person did sign it, and of nobody else", async () => {
    const world = await approvalWorld();
    const { handle } = world.ask();
    await world.answer(handle, makePasskey(place));
    const sam = world.people.enrol("Sam", ["security"]);
    await world.answer(handle, sam);
    const ada = world.people.enrol("Ada", ["approver"], ["https://idp.example.test#ada"]);
    await world.answer(handle, ada);
    expect(world.refusals).toEqual([
      expect.stringContaining("takes the role"),
      expect.stringContaining("your own"),
    ]);
  });

  it("shows a copy of a passkey by its counter", async () => {
    const world = await approvalWorld();
    const bea = world.people.enrol("Bea", ["approver"]);
    const first = world.ask();
    await world.answer(first.handle, bea);
    const other = world.ask(world.call({ arguments: {} }));
    const signed = bea.sign(world.statement(other.handle), { count: 1 });
    const answered = world.approvals.sign({
      handle: other.handle,
      credential: bea.id,
      signed: { ...signed },
    });
    expect(await outcome(answered)).toEqual(invalid(/copy of this passkey/));
    expect(world.held(world.call({ arguments: {} }))).toEqual([]);
  });
});

describe("how much may be asked", () => {
  it("is bounded for a mandate, and what is too large is not asked", async () => {
    const world = await approvalWorld({ perMandate: 2 });
    const nth = (n: number) => world.call({ arguments: { n } });
    expect([1, 2, 3].map((n) => world.ask(nth(n)).kind)).toEqual(["asked", "asked", "not_asked"]);
    expect(world.ask(nth(1)).kind).toBe("asked");
    const roomy = await approvalWorld();
    expect(roomy.ask(roomy.call({ arguments: { text: "x".repeat(70_000) } })).kind).toBe("not_asked");
    expect(roomy.ask(roomy.call({ arguments: { many: Array.from({ length: 600 }, () => 0) } })).kind).toBe(
      "not_asked",
    );
  });
});
