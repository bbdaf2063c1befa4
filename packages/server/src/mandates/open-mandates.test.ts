import { mandateDigest } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { ADA, BOUNDS, type MandateWorld, mandateWorld } from "../../test/mandates/mandate-world.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";

const code = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "opened",
    (error: { code: string }) => error.code,
  );

const opened = (world: MandateWorld, more = {}, by: "agent" | "operator" | "person" = "agent") =>
  world.mandates.open({ document: world.document(more), by });

describe("a mandate that is opened", () => {
  it("is on record in one group, kept for a restart, and open", async () => {
    const world = await mandateWorld();
    const document = world.document();
    const mandate = await world.mandates.open({ document, by: "agent" });
    expect(mandate).toMatchObject({
      document,
      digest: mandateDigest(nodeSha256, document),
      basis: "asserted_by_agent",
      state: "open",
      openedAtMs: world.clock.nowMs(),
    });
    expect(world.log.leaves.map(({ draft }) => draft)).toEqual([
      {
        type: "mandate",
        id: mandate.entry,
        txn: mandate.txn,
        body: {
          action: "opened",
          mandate: mandate.id,
          subject: mandate.subjectRef,
          basis: "asserted_by_agent",
          digest: mandate.digest,
          expires: document.expires * 1000,
          idle_s: 1_800,
        },
        content: { document },
      },
    ]);
    expect(world.mandates.mandate(mandate.id)).toEqual(mandate);
    expect(world.mandates.list()).toEqual([mandate]);
    expect((await world.restart()).mandates.list()).toEqual([mandate]);
  });

  it("counts from the turn it is queued, and is nobody's before it is durable", async () => {
    const world = await mandateWorld();
    const release = world.log.stall();
    let isTold = false;
    const opening = opened(world).then(() => {
      isTold = true;
    });
    for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    expect([world.mandates.list().length, isTold]).toEqual([1, false]);
    release();
    await opening;
  });

  it("fails with the log", async () => {
    const world = await mandateWorld();
    world.log.failing = true;
    expect(await code(opened(world))).toBe("evidence_unavailable");
  });

  it("says whose word it rests on", async () => {
    const world = await mandateWorld();
    expect((await opened(world, {}, "agent")).basis).toBe("asserted_by_agent");
    expect((await opened(world, {}, "operator")).basis).toBe("operator");
    const document = world.document();
    const own = await world.mandates.open({ document, assertion: "our own page's", by: "person" });
    expect(own.basis).toBe("signed_by_subject");
    expect(world.log.leaves.at(-1)?.draft.proof).toEqual({ subject_assertion: "our own page's" });
    const request = "a.signed.request";
    await world.mandates.open({ document: world.document(), by: "operator", request });
    expect(world.log.leaves.at(-1)?.draft.proof).toEqual({ request });
    expect(world.log.leaves[0]?.draft).not.toHaveProperty("proof");
  });

  it("rests on everything, its agent and its person, as they are now", async () => {
    const world = await mandateWorld();
    await world.containment.revoke({ kind: "agent", id: world.agent.ref, by: "owner", reason: "before" });
    const mandate = await opened(world);
    expect(world.mandates.mandate(mandate.id)).toMatchObject({
      rests: [
        ["all:all", 0],
        [`agent:${world.agent.ref}`, 1],
        [`subject:${mandate.subjectRef}`, 0],
      ],
    });
  });

  it("gives a person one ref for good, and an agent on its own behalf its own", async () => {
    const world = await mandateWorld();
    const [one, two] = await Promise.all([opened(world), opened(world)]);
    expect(one.subjectRef).toBe(two.subjectRef);
    expect((await opened(await world.restart())).subjectRef).toBe(one.subjectRef);
    const own = await opened(world, { subject: "agent:desk" });
    expect(own.subjectRef).toBe(world.agent.ref);
    expect((await opened(world, { subject: "https://idp.example.test#bob" })).subjectRef).not.toBe(
      one.subjectRef,
    );
    expect([...world.rows.keys()].filter((key) => key.startsWith("subject-ref/")).sort()).toEqual([
      `subject-ref/${ADA}`,
      "subject-ref/https://idp.example.test#bob",
    ]);
  });

  it("names the mapping it was compared with", async () => {
    const world = await mandateWorld();
    const entry = randomId();
    world.entitlements = { entry, rules: [{ subject: ADA, authority: world.document().authority }] };
    await opened(world);
    expect(world.log.leaves[0]?.draft.content).toMatchObject({ entitlements: entry });
    expect(await code(opened(world, { subject: "https://idp.example.test#bob" }))).toBe("not_entitled");
  });
});

describe("a person's own signature", () => {
  const signed = async (more: object = {}) => {
    const world = await mandateWorld();
    const document = world.document();
    const nonce = mandateDigest(nodeSha256, document);
    world.verified = { kind: "subject", subject: ADA, nonce, ...more };
    const open = () => world.mandates.open({ document, assertion: "x.y.z", by: "agent" });
    return { world, document, nonce, open };
  };

  it("over the digest opens one mandate, until the mandate would have ended", async () => {
    const { world, document, nonce, open } = await signed({ groups: ["support"], agent: "desk" });
    const mandate = await open();
    expect(mandate).toMatchObject({ basis: "signed_by_subject", groups: ["support"] });
    expect(world.log.leaves[0]?.draft).toMatchObject({
      proof: { subject_assertion: "x.y.z" },
      content: { groups: ["support"] },
    });
    expect([...world.uses]).toEqual([[nonce, document.expires * 1000]]);
    expect(await code(open())).toBe("replayed");
    expect(world.mandates.list()).toHaveLength(1);
    expect((await world.restart()).mandates.list()).toEqual([mandate]);
  });

  it("over anything else is somebody's word, and uses nothing up", async () => {
    for (const nonce of [undefined, "another"]) {
      const { world, open } = await signed({ nonce });
      expect((await open()).basis).toBe("asserted_by_agent");
      expect((await open()).basis).toBe("asserted_by_agent");
      expect(world.uses.size).toBe(0);
      expect(world.log.leaves[0]?.draft.content).not.toHaveProperty("groups");
    }
  });

  it.each([
    ["of another person", { subject: "https://idp.example.test#bob" }],
    ["issued to another agent", { agent: "other" }],
    ["that does not verify", { kind: "refused", code: "invalid_grant", description: "expired" }],
  ])("%s opens nothing", async (_, more) => {
    const { world, open } = await signed(more);
    expect(await code(open())).toBe("invalid_grant");
    expect([world.log.leaves.length, world.mandates.list().length, world.uses.size]).toEqual([0, 0, 0]);
  });

  it("is not even looked at for what could not be opened anyway", async () => {
    const { world, open } = await signed();
    let isLookedAt = false;
    world.meanwhile = () => {
      isLookedAt = true;
    };
    world.agent = { ...world.agent, state: "suspended" };
    expect([await code(open()), isLookedAt]).toEqual(["agent_inactive", false]);
  });

  it("does not help an agent that was suspended while it was verified", async () => {
    const { world, open } = await signed();
    world.meanwhile = () => {
      world.agent = { ...world.agent, state: "suspended" };
    };
    expect(await code(open())).toBe("agent_inactive");
    expect(world.log.leaves).toEqual([]);
  });
});

const DELETE = { scope: ["delete"], resource: [], authorization_details: [] };

describe("what no mandate is opened for", () => {
  it.each([
    ["an agent that nobody registered", { agent: "nobody" }, "agent_inactive"],
    ["another agent as its subject", { subject: "agent:other" }, "malformed_input"],
    ["more than the agent's ceiling", { authority: DELETE }, "invalid_authorization_details"],
    ["authority that is none", { authority: { scope: 7 } }, "malformed_authority"],
    ["a tool that no server has", { intent: { tools: ["files/read", "files/raed"] } }, "invalid_request"],
  ])("%s", async (_, more, expected) => {
    const world = await mandateWorld();
    expect(await code(opened(world, more))).toBe(expected);
    expect(world.log.leaves).toEqual([]);
  });

  it("tells where it is wider, and which tool is not there", async () => {
    const world = await mandateWorld();
    await expect(opened(world, { authority: DELETE })).rejects.toMatchObject({
      publicMessage: expect.stringMatching(/ceiling in scope at \/scope\//),
    });
    await expect(opened(world, { intent: { tools: ["files/read", "files/raed"] } })).rejects.toMatchObject({
      publicMessage: "/intent/tools/1: no tool files/raed",
    });
    expect((await opened(world, { intent: { tools: ["files/read"] } })).state).toBe("open");
  });

  it.each(["registered", "suspended", "retired"] as const)("an agent that is %s", async (state) => {
    const world = await mandateWorld();
    world.agent = { ...world.agent, state };
    expect(await code(opened(world))).toBe("agent_inactive");
  });

  it("a life that is over, or longer than any may be", async () => {
    const world = await mandateWorld();
    const nowS = world.clock.nowMs() / 1000;
    const lives = [-1, 0, 1, BOUNDS.maxLifeSeconds, BOUNDS.maxLifeSeconds + 1];
    const codes: string[] = [];
    for (const life of lives) codes.push(await code(opened(world, { expires: nowS + life })));
    expect(codes).toEqual(["malformed_input", "malformed_input", "opened", "opened", "malformed_input"]);
    world.clock.advance(999);
    expect(await code(opened(world, { expires: nowS }))).toBe("malformed_input");
  });

  it("more than one agent may hold open at once; what ends makes room", async () => {
    const world = await mandateWorld();
    const authority = world.document().authority;
    const nowMs = world.clock.nowMs();
    const one = (): string => {
      const { mandate, admit } = world.mandates.openAutonomous({ agent: "desk", authority, nowMs });
      admit();
      return mandate.id;
    };
    const first = one();
    for (let open = 1; open < 4096; open += 1) one();
    expect(one).toThrow(expect.objectContaining({ code: "overloaded" }));
    expect(await code(opened(world))).toBe("overloaded");
    await world.mandates.end(first, "closed", { by: "owner" });
    expect(await code(opened(world))).toBe("opened");
    expect(await code(opened(world))).toBe("overloaded");
  });
});

describe("an agent on its own behalf", () => {
  it("opens a short mandate, which is open once it is admitted", async () => {
    const world = await mandateWorld();
    const { authority } = world.document();
    const nowMs = world.clock.nowMs() + 999;
    const made = world.mandates.openAutonomous({ agent: "desk", authority, nowMs });
    const { mandate, draft, changes } = made;
    expect(mandate).toMatchObject({ subjectRef: world.agent.ref, basis: "asserted_by_agent", state: "open" });
    expect(mandate.document).toMatchObject({
      subject: "agent:desk",
      authority,
      expires: Math.floor(nowMs / 1000) + BOUNDS.autonomousLifeSeconds,
      idleSeconds: BOUNDS.autonomousLifeSeconds,
    });
    expect(draft).toMatchObject({
      type: "mandate",
      id: mandate.entry,
      txn: mandate.txn,
      body: { action: "opened" },
      content: { document: mandate.document },
    });
    expect(world.mandates.mandate(mandate.id)).toBeUndefined();
    world.log.record([draft], changes);
    made.admit();
    expect(world.mandates.list()).toEqual([mandate]);
    expect((await world.restart()).mandates.list()).toEqual([mandate]);
  });
});
