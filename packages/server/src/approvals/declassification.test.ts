import { parseSha256Text, randomId } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import {
  type ApprovalWorld,
  approvalLeaves,
  approvalWorld,
  outcome,
} from "../../test/approvals/approval-world.ts";
import type { TestPasskey } from "../../test/approvals/passkey.ts";
import { type AskedDeclassification, DEFAULT_BOUNDS, type Declassifiable } from "./index.ts";

const free = (txn: string): Declassifiable => ({
  lower: (because) => ({
    drafts: [
      {
        type: "label",
        txn,
        body: { state: "transaction", ref: txn, class: "confidential", untrusted: false, because },
      },
    ],
    changes: [],
    apply: () => undefined,
  }),
});

function asked(
  world: ApprovalWorld,
  more: Partial<AskedDeclassification["asked"]> = {},
): AskedDeclassification {
  const { claims, agent } = world.call();
  return {
    asked: {
      v: 1,
      txn: world.txn,
      mandate: claims.ng.mandate,
      subject: claims.sub,
      agent: agent.id,
      instance: randomId(),
      server: "tickets",
      kind: "tool",
      name: "read_ticket",
      outcome: randomId(),
      bytes: parseSha256Text("gjQS0erLZ5ViIOUylZ8BBGAwV8iHBIY8o4580Yj9qBI"),
      answer: { content: [{ type: "text", text: "late parcel" }] },
      from: { class: "confidential", untrusted: true },
      to: { class: "confidential", untrusted: false },
      reason: "read it",
      operator: randomId(),
      ...more,
    },
    decision: randomId(),
    policy: "gjQS0erLZ5ViIOUylZ8BBGAwV8iHBIY8o4580Yj9qBI",
    agentRef: agent.ref,
    barred: [claims.sub, "Olga"],
    rests: [],
    expiresMs: 4_000_000_000_000,
  };
}

async function open(more: Partial<AskedDeclassification["asked"]> = {}) {
  const world = await approvalWorld();
  world.declassifiable = free(world.txn);
  const wanted = asked(world, more);
  const { url } = await world.approvals.askDeclassification(wanted);
  const handle = url.slice(url.indexOf("#") + 1);
  const sign = (key: TestPasskey, requirement = "security#1", over: object = {}) => {
    const text = world.statement(handle, "approve", requirement);
    const changed = Object.keys(over).length === 0 ? text : altered(text, over);
    return outcome(world.approvals.sign({ handle, credential: key.id, signed: { ...key.sign(changed) } }));
  };
  return { world, wanted, handle, sign };
}

/** Members stay sorted: none is added. */
function altered(statement: string, over: object): string {
  return JSON.stringify({ ...JSON.parse(statement), ...over });
}

const lowered = ({ log }: ApprovalWorld): number => log.of("label").length;

describe("an answer that people are asked about", () => {
  it("is given free by a signature of security, once, in one commit", async () => {
    const { world, handle, sign } = await open();
    const sam = world.people.enrol("Sam", ["security"]);
    expect(JSON.parse(world.statement(handle, "approve", "security#1")).kind).toBe("declassify");
    expect(await sign(sam)).toBe("approve");
    expect(approvalLeaves(world).map(({ action, kind }) => [action, kind])).toEqual([
      ["requested", "declassify"],
      ["approved", "declassify"],
    ]);
    expect(lowered(world)).toBe(1);
    expect(world.approvals.describe(handle)).toEqual({ state: "used" });
    expect(world.approvals.list()).toEqual([]);
  });

  it("is found again when it is asked for twice, also after a restart", async () => {
    const { world, wanted, handle } = await open();
    expect((await world.approvals.askDeclassification(wanted)).url).toContain(handle);
    const next = await world.restart();
    expect((await next.approvals.askDeclassification(wanted)).url).toContain(handle);
  });

  it.each([
    ["an approval of a call", { kind: "approve" }, /neither/],
    ["a release", { kind: "release" }, /neither/],
    ["another answer", { action: "A".repeat(43) }, /another request/],
    ["less that is carried", { labels: { class: "public", untrusted: false } }, /another request/],
  ])("is not given free by %s", async (_, over, why) => {
    const { world, sign } = await open();
    expect(await sign(world.people.enrol("Sam", ["security"]), "security#1", over)).toMatch(why);
    expect(lowered(world)).toBe(0);
  });

  it("stays bound when something was read since, or the log cannot say", async () => {
    const { world, sign } = await open();
    const sam = world.people.enrol("Sam", ["security"]);
    world.declassifiable = undefined;
    expect(await sign(sam)).toMatch(/something else was read since/);
    world.declassifiable = { lower: () => undefined };
    expect(await sign(sam)).toMatch(/something else was read since/);
    expect([lowered(world), approvalLeaves(world).length]).toEqual([0, 1]);
  });

  it("is none of the business of who is served, asks, or answers for the agent", async () => {
    const { world, sign } = await open();
    for (const name of ["Olga", "owner@example.test", "deputy@example.test"])
      expect(await sign(world.people.enrol(name, ["security"]))).toMatch(/another person has to answer/);
    expect(await sign(world.people.enrol("Bea", ["approver"]))).toMatch(/takes the role security/);
  });

  it("that is restricted takes two people, both still there", async () => {
    const { world, sign } = await open({
      from: { class: "restricted", untrusted: true },
      to: { class: "internal", untrusted: true },
    });
    const zoe = world.people.enrol("Zoe", ["compliance", "security"]);
    expect(await sign(zoe, "compliance#1")).toBe("approve");
    expect(await sign(zoe, "security#1")).toMatch(/another person has to sign/);
    const sam = world.people.enrol("Sam", ["security"]);
    world.people.remove(zoe.ref);
    expect(await sign(sam)).toMatch(/may not any more/);
    expect(lowered(world)).toBe(0);
  });

  it("is put before nobody when nobody could read it", async () => {
    const world = await approvalWorld();
    const wanted = asked(world, { answer: { text: "x".repeat(70_000) } });
    await expect(world.approvals.askDeclassification(wanted)).rejects.toMatchObject({
      code: "malformed_input",
    });
  });

  it("waits no longer than its mandate lasts, nor than any request", async () => {
    const world = await approvalWorld();
    const nowMs = world.clock.nowMs();
    const soon = await world.approvals.askDeclassification({ ...asked(world), expiresMs: nowMs + 5_000 });
    const later = await world.approvals.askDeclassification(asked(world, { reason: "read it too" }));
    expect([soon.notAfterMs - nowMs, later.notAfterMs - nowMs]).toEqual([5_000, DEFAULT_BOUNDS.lifeMs]);
  });

  it("is not put before people who have as much before them as they may", async () => {
    const world = await approvalWorld({ all: 1 });
    await world.approvals.askDeclassification(asked(world));
    await expect(
      world.approvals.askDeclassification(asked(world, { reason: "another" })),
    ).rejects.toMatchObject({
      code: "overloaded",
    });
  });
});
