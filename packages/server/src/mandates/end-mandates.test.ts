import type { LeafDraft } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { ADA, BOUNDS, type MandateWorld, mandateWorld } from "../../test/mandates/mandate-world.ts";

const opened = (world: MandateWorld, more = {}) =>
  world.mandates.open({ document: world.document(more), by: "agent" });

/** What the room says of a mandate now. */
function standing({ mandates, clock }: MandateWorld, id: string): string {
  const found = mandates.checkOpen(id, clock.nowMs());
  return found.kind === "open" ? "open" : found.code;
}

const typesOf = ({ log }: MandateWorld): readonly string[] => log.leaves.map(({ draft }) => draft.type);

describe("a mandate that ends", () => {
  it("ends on record, with all below it revoked and its transaction closed", async () => {
    const world = await mandateWorld();
    const mandate = await opened(world);
    const label: LeafDraft = {
      type: "label",
      txn: mandate.txn,
      body: {
        state: "transaction",
        ref: mandate.txn,
        class: "public",
        untrusted: false,
        because: randomId(),
      },
    };
    world.ending = { drafts: [label], changes: [{ room: "label", key: "x", value: 1 }] };
    const operator = randomId();
    await world.mandates.end(mandate.id, "closed", { by: "operator", operator, request: "a.b.c" });
    expect(typesOf(world)).toEqual(["mandate", "label", "mandate", "revocation", "closing"]);
    const [, , ended, revocation, closing] = world.log.leaves.map(({ draft }) => draft);
    expect(ended).toMatchObject({
      txn: mandate.txn,
      body: { action: "closed", mandate: mandate.id },
      proof: { request: "a.b.c" },
    });
    expect(ended).not.toHaveProperty("id");
    expect(revocation).toMatchObject({
      txn: mandate.txn,
      body: { kind: "mandate", id: mandate.id, epoch: 1, by: "operator", operator },
      proof: { request: "a.b.c" },
      content: { reason: "mandate closed" },
    });
    expect(closing).toMatchObject({ txn: mandate.txn, body: { entries: 4 } });
    expect(world.rows.get(`mandate/${mandate.id}`)).toBeNull();
    expect(world.rows.get("label/x")).toBe(1);
    expect(world.rows.get(`epoch/mandate:${mandate.id}`)).toBe(1);
    expect(world.containment.current(`mandate:${mandate.id}`)).toBe(1);
    expect(world.told).toEqual([`mandate:${mandate.id}`]);
    expect([standing(world, mandate.id), world.mandates.list()]).toEqual(["mandate_closed", []]);
    expect(standing(await world.restart(), mandate.id)).toBe("mandate_unknown");
  });

  it("by its owner needs no request", async () => {
    const world = await mandateWorld();
    const mandate = await opened(world);
    await world.mandates.end(mandate.id, "closed", { by: "owner" });
    const [, ended, revocation] = world.log.leaves.map(({ draft }) => draft);
    expect(ended).not.toHaveProperty("proof");
    expect(revocation).not.toHaveProperty("proof");
    expect(revocation).toMatchObject({ body: { by: "owner" } });
  });

  it("is over before the record is durable, and told of only afterwards", async () => {
    const world = await mandateWorld();
    const mandate = await opened(world);
    const release = world.log.stall();
    const ending = world.mandates.end(mandate.id, "closed", { by: "owner" });
    expect(standing(world, mandate.id)).toBe("mandate_closed");
    expect(world.containment.current(`mandate:${mandate.id}`)).toBe(1);
    for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    expect(world.told).toEqual([]);
    release();
    await ending;
    expect(world.told).toEqual([`mandate:${mandate.id}`]);
  });

  it("ends once, whoever asks again, and an unknown one not at all", async () => {
    const world = await mandateWorld();
    const mandate = await opened(world);
    await world.mandates.end(mandate.id, "closed", { by: "owner" });
    await world.mandates.end(mandate.id, "expired", { by: "system" });
    expect(typesOf(world)).toEqual(["mandate", "mandate", "revocation", "closing"]);
    expect(standing(world, mandate.id)).toBe("mandate_closed");
    await expect(world.mandates.end("nothing", "closed", { by: "owner" })).rejects.toMatchObject({
      code: "mandate_unknown",
    });
  });
});

describe("a mandate under which something is asked", () => {
  it("is unknown, expired or idle by the millisecond", async () => {
    const world = await mandateWorld();
    const { id, document } = await opened(world, { expires: world.clock.nowMs() / 1000 + 3_000 });
    expect(standing(world, "nothing")).toBe("mandate_unknown");
    world.clock.advance(document.idleSeconds * 1000);
    expect(standing(world, id)).toBe("open");
    world.clock.advance(1_199_999);
    expect(standing(world, id)).toBe("open");
    world.clock.advance(1);
    expect([standing(world, id), world.mandates.list()]).toEqual(["mandate_expired", []]);
    const other = await opened(world);
    world.clock.advance(other.document.idleSeconds * 1000 + 1);
    expect([standing(world, other.id), world.mandates.list()]).toEqual(["mandate_idle", []]);
  });

  it("may lie no longer than any, whatever it says itself, and says so on record", async () => {
    const world = await mandateWorld();
    const { id } = await opened(world, { idleSeconds: BOUNDS.maxIdleSeconds + 60 });
    expect(world.log.leaves[0]?.draft.body).toMatchObject({ idle_s: BOUNDS.maxIdleSeconds });
    world.clock.advance(BOUNDS.maxIdleSeconds * 1000 + 1);
    expect(standing(world, id)).toBe("mandate_idle");
  });

  it("lapses from its last use, which a look at the list is not", async () => {
    const world = await mandateWorld();
    const { id } = await opened(world);
    expect(world.mandates.lastUsedMs(id)).toBeUndefined();
    world.clock.advance(1_000_000);
    expect(world.mandates.list()).toHaveLength(1);
    expect(world.mandates.lastUsedMs(id)).toBeUndefined();
    expect(standing(world, id)).toBe("open");
    expect(world.mandates.lastUsedMs(id)).toBe(world.clock.nowMs());
    world.clock.advance(1_800_000);
    expect(standing(world, id)).toBe("open");
    world.clock.advance(1_800_001);
    expect(standing(world, id)).toBe("mandate_idle");
    expect(standing(world, id)).toBe("mandate_idle");
    await world.mandates.end(id, "closed", { by: "owner" });
    expect(world.mandates.lastUsedMs(id)).toBeUndefined();
    expect(world.mandates.lastUsedMs("nothing")).toBeUndefined();
  });

  it("is refused once anything it rests on was revoked", async () => {
    const world = await mandateWorld();
    const one = await opened(world);
    const other = await opened(world, { subject: "https://idp.example.test#bob" });
    await world.containment.revoke({ kind: "subject", id: one.subjectRef, by: "owner", reason: "left" });
    expect([standing(world, one.id), standing(world, other.id)]).toEqual(["revoked", "open"]);
    await world.containment.revoke({ kind: "agent", id: world.agent.ref, by: "owner", reason: "odd" });
    expect([standing(world, other.id), world.mandates.list()]).toEqual(["revoked", []]);
  });

  it("is not listed once it was revoked itself", async () => {
    const world = await mandateWorld();
    const { id } = await opened(world);
    const other = await opened(world);
    await world.containment.revoke({ kind: "mandate", id, by: "owner", reason: "odd" });
    expect(world.mandates.list()).toEqual([other]);
  });

  it("is refused once its person may not any more", async () => {
    const world = await mandateWorld();
    const { id } = await opened(world);
    world.entitlements = { entry: randomId(), rules: [] };
    expect([standing(world, id), world.mandates.list()]).toEqual(["not_entitled", []]);
    world.entitlements = {
      entry: randomId(),
      rules: [{ subject: ADA, authority: world.document().authority }],
    };
    expect(standing(world, id)).toBe("open");
  });
});

describe("the sweep", () => {
  it("ends what expired or was left, by the system, and nothing else", async () => {
    const world = await mandateWorld();
    const nowS = world.clock.nowMs() / 1000;
    const short = await opened(world, { expires: nowS + 600 });
    const idle = await opened(world, { idleSeconds: 599 });
    const good = await opened(world, { idleSeconds: 600 });
    world.clock.advance(599_000);
    await world.mandates.sweep();
    expect(world.mandates.list()).toHaveLength(3);
    world.clock.advance(1_000);
    await world.mandates.sweep();
    expect(world.mandates.list()).toEqual([good]);
    expect([short, idle].map(({ id }) => standing(world, id))).toEqual([
      "mandate_expired",
      "mandate_expired",
    ]);
    const revocations = world.log.of("revocation").map(({ draft }) => draft);
    expect(revocations.map(({ body, content }) => [body["by"], content?.["reason"]])).toEqual([
      ["system", "mandate expired"],
      ["system", "mandate expired"],
    ]);
  });
});
