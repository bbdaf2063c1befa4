import { beforeEach, describe, expect, it } from "vitest";
import { NOW_S, pinned, type verdictOf } from "../../../test/gateway/step-records.ts";
import { decided } from "../../../test/gateway/step-stages.ts";
import {
  agentOf,
  type StepWorld,
  serverOf,
  stepWorld,
  type WorldOptions,
} from "../../../test/gateway/step-world.ts";
import { digestOf } from "../digest.ts";
import { durableRecord } from "../stages.ts";
import { commitDecision, commitToBytes } from "./commit-decision.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

const commit = (verdict: Parameters<typeof decided>[1] = {}, options: Parameters<typeof decided>[2] = {}) => {
  const { stage, exchange } = decided(world, verdict, options);
  return { stage, exchange, outcome: commitDecision(world.room)(stage) };
};
const outcomeOf = (...given: Parameters<typeof commit>) => commit(...given).outcome;
const types = () => world.log.leaves.map(({ draft }) => draft.type);
const listed = { operation: { treatment: "listed", list: "tools" } } as const;

/** Whether the caller of this world has its share of calls back. */
async function hasItsShare(): Promise<boolean> {
  return !("code" in (await outcomeOf()));
}
const oneAtATime: WorldOptions = { limits: { callsPerCaller: 1 } };

describe("a commitment to bytes", () => {
  it("opens with its salt, which is fresh", () => {
    const bytes = Buffer.from("bytes");
    const one = commitToBytes(bytes);
    const salt = Buffer.from(one.salt, "base64url");
    expect(one.digest).toBe(digestOf(Buffer.concat([salt, bytes])));
    expect(salt).toHaveLength(16);
    expect(commitToBytes(bytes).salt).not.toBe(one.salt);
  });
});

describe("a permit", () => {
  it("is on record with what it lets leave, before it is given", async () => {
    const release = world.log.stall();
    const { stage, exchange, outcome } = commit();
    let given = false;
    void outcome.then(() => {
      given = true;
    });
    await Promise.resolve();
    expect(types().slice(0, 2)).toEqual(["decision", "dispatch"]);
    expect(exchange.known.decided).toBe("permitted");
    expect(given).toBe(false);
    release();
    const [decision, dispatch] = world.log.leaves;
    expect(await outcome).toEqual({
      [durableRecord]: true,
      resolved: stage.resolved,
      decision: decision?.id,
      prepared: { id: 1, method: "tools/call", bytes: expect.any(Uint8Array) },
      obligations: {},
      question: stage.question,
      giveBack: expect.any(Function),
      dispatchedAtMs: NOW_S * 1000,
    });
    expect(decision?.draft).toMatchObject({
      agent: agentOf(world).ref,
      body: { action: "call", verdict: "permit" },
    });
    const { bytes = "", bytes_salt = "" } = dispatch?.draft.content ?? {};
    const sent = Buffer.from(String(bytes), "base64url");
    expect(JSON.parse(sent.toString())).toEqual({
      ...{ id: 1, method: "tools/call", params: { name: "read", arguments: {} } },
    });
    expect(dispatch?.draft).toMatchObject({
      ...{ txn: world.mandate.txn, agent: agentOf(world).ref },
      body: {
        decision: decision?.id,
        server: serverOf(world).ref,
        digest: digestOf(Buffer.concat([Buffer.from(String(bytes_salt), "base64url"), sent])),
      },
    });
  });

  it("of a list is one of a list, and moves nothing", async () => {
    const outcome = await outcomeOf({}, { ...listed, method: "tools/list", params: {} });
    expect(outcome).not.toHaveProperty("question");
    expect(world.log.leaves.map(({ draft }) => [draft.type, draft.body["action"]])).toEqual([
      ["decision", "list"],
      ["dispatch", undefined],
    ]);
  });

  it("raises the labels of the task once, under the decision", async () => {
    await outcomeOf();
    const [decision] = world.log.leaves;
    const labels = world.log.of("label").map(({ draft }) => draft.body["because"]);
    expect(labels).toEqual([decision?.id, decision?.id]);
    await outcomeOf();
    // The transaction has its label already; the instance of the second token is another one.
    expect(world.log.of("label")).toHaveLength(3);
  });

  it("counts what the call moves", async () => {
    await outcomeOf({ amount: 250 });
    await outcomeOf({});
    expect(world.flow.spent(world.mandate.txn)).toMatchObject({ amount: 250, calls: 2 });
  });

  it("meets what policy demands of the arguments", async () => {
    const obligations = { redact_arguments: ["/secret"] };
    const params = { name: "read", arguments: { secret: "swordfish", open: "a" } };
    expect(await outcomeOf({ obligations }, { params })).toMatchObject({ obligations });
    const [dispatch] = world.log.of("dispatch");
    const sent = Buffer.from(String(dispatch?.draft.content?.["bytes"]), "base64url").toString();
    expect(sent).not.toContain("swordfish");
    expect(sent).toContain('"open":"a"');
  });

  it("asks for progress where the caller does", async () => {
    const sent = async (progressToken: string | undefined) => {
      const outcome = await outcomeOf({}, { resolved: { progressToken } });
      return "prepared" in outcome ? Buffer.from(outcome.prepared.bytes).toString() : "";
    };
    expect(await sent("p")).toContain('"progress":true');
    expect(await sent(undefined)).not.toContain('"progress":true');
  });

  it("that cannot be made durable is not given, and costs no share", async () => {
    world = await stepWorld(oneAtATime);
    world.log.failing = true;
    await expect(outcomeOf()).rejects.toMatchObject({ code: "evidence_unavailable" });
    world.log.failing = false;
    expect(await hasItsShare()).toBe(true);
  });
});

describe("a denial", () => {
  const denied = (code: Parameters<typeof verdictOf>[0], options?: Parameters<typeof commit>[1]) =>
    outcomeOf({ verdict: "refuse", reason: "it is so", ...code }, options);

  it("is told with its code, leaves nothing and costs no share", async () => {
    world = await stepWorld({ limits: { callsPerCaller: 0 } });
    expect(await denied({ code: "tool_changed" })).toEqual({
      kind: "refusal",
      code: "tool_changed",
      detail: {},
    });
    expect(await denied({})).toEqual({ kind: "refusal", code: "policy_denied", detail: {} });
    expect(types()).toEqual([]);
  });

  it.each(["policy_denied", "authority_exceeded"] as const)("%s says what was broken", async (code) => {
    expect(await denied({ code })).toEqual({ kind: "refusal", code, detail: {}, sentence: "it is so" });
  });

  it("for want of a scope names it", async () => {
    const code = "insufficient_scope";
    expect(await denied({ code })).toEqual({ kind: "refusal", code, detail: {}, scope: "test:use" });
    expect(await denied({ code }, listed)).toEqual({ kind: "refusal", code, detail: {} });
  });

  it("keeps what changed, for operators", async () => {
    const change = { changes: [{ path: "/description" }] };
    expect(await denied({ code: "tool_changed" }, { operation: { change } })).toHaveProperty(
      "detail",
      change,
    );
    expect(await denied({ code: "tool_changed" }, listed)).toHaveProperty("detail", {});
  });
});

describe("the caller's share of calls", () => {
  it("is taken by a permit until it is given back", async () => {
    world = await stepWorld(oneAtATime);
    const outcome = await outcomeOf();
    expect(await outcomeOf()).toEqual({ kind: "refusal", code: "overloaded" });
    expect(types().filter((type) => type === "decision")).toHaveLength(1);
    if ("giveBack" in outcome) outcome.giveBack();
    expect(await hasItsShare()).toBe(true);
  });

  it("is given back by what is refused late", async () => {
    world = await stepWorld(oneAtATime);
    world.epochs.set(`mandate:${world.mandate.id}`, 1);
    expect(await outcomeOf()).toEqual({ kind: "refusal", code: "revoked" });
    world.epochs.clear();
    expect(await hasItsShare()).toBe(true);
  });
});

describe("what a permit rests on, asked again in the turn of its record", () => {
  const late = async (change: () => void, verdict = {}) => {
    const { stage, exchange } = decided(world, verdict);
    change();
    const outcome = await commitDecision(world.room)(stage);
    expect(exchange.known).not.toHaveProperty("decided");
    expect(types()).toEqual([]);
    return outcome;
  };
  const conflict = {
    ...{ kind: "refusal", code: "conflict", sentence: "The rules changed meanwhile; send it again." },
  };

  it("is the token's time", async () => {
    const { stage } = decided(world);
    world.clock.set((NOW_S + 300) * 1000 - 1);
    expect(await commitDecision(world.room)(stage)).toHaveProperty("decision");
    world = await stepWorld();
    expect(await late(() => world.clock.set((NOW_S + 300) * 1000))).toEqual({
      ...{ kind: "refusal", code: "invalid_token" },
    });
  });

  it("is its life", async () => {
    expect(await late(() => world.agents.clear())).toEqual({ kind: "refusal", code: "agent_inactive" });
  });

  it("is the same agent, the same server and the same policy", async () => {
    const agent = agentOf(world);
    expect(await late(() => world.agents.set("triage", { ...agent }))).toEqual(conflict);
    world = await stepWorld();
    expect(await late(() => world.servers.set("files", { ...serverOf(world) }))).toEqual(conflict);
    world = await stepWorld();
    expect(await late(() => undefined, { policy: digestOf("another policy") })).toEqual(conflict);
  });
});

describe("a decision whose ground has changed since", () => {
  it("is made anew, and the new one stands", async () => {
    world.verdict = { policies: ["new"], obligations: { capture: "digest" } };
    const { stage, exchange, outcome } = commit({ holds: () => false });
    expect(await outcome).toMatchObject({ obligations: { capture: "digest" } });
    expect(world.questions).toEqual([stage.question]);
    expect(exchange.known.verdict).toMatchObject({ policies: ["new"] });
    expect(world.log.leaves[0]?.draft.content).toMatchObject({ policies: ["new"] });
  });

  it("may be a refusal then", async () => {
    world = await stepWorld(oneAtATime);
    world.verdict = { verdict: "refuse", code: "policy_denied", reason: "now it is" };
    const { exchange, outcome } = commit({ holds: () => false });
    expect(await outcome).toMatchObject({ code: "policy_denied", sentence: "now it is" });
    expect(exchange.known.verdict).toMatchObject({ verdict: "refuse" });
    expect(types()).toEqual([]);
    world.verdict = {};
    expect(await hasItsShare()).toBe(true);
  });

  it("stands while it holds, and where nothing was asked", async () => {
    await outcomeOf({ holds: () => true });
    await outcomeOf({});
    await outcomeOf({ holds: () => false }, { ...listed, method: "tools/list" });
    expect(world.questions).toEqual([]);
  });
});

describe("caps", () => {
  const caps = (calls: number) => ({ caps: new Map([["calls", calls]]) });
  const spent = (state: Map<string, unknown>) =>
    state.get(`gateway-spend/${world.mandate.txn}/${serverOf(world).ref}`);

  it("are taken in the commit of the permit", async () => {
    const state = new Map();
    world = await stepWorld({ state });
    expect(await outcomeOf(caps(2))).toHaveProperty("decision");
    expect(spent(state)).toBe(1);
    expect(await outcomeOf(caps(2))).toHaveProperty("decision");
    expect(await outcomeOf(caps(2))).toEqual({ kind: "refusal", code: "cap_spent" });
    expect(spent(state)).toBe(2);
  });

  it("are given back by a record that was not made", async () => {
    const state = new Map();
    world = await stepWorld({ state });
    world.log.closed.add(world.mandate.txn);
    await expect(outcomeOf(caps(1))).rejects.toMatchObject({ code: "internal_error" });
    world.log.closed.clear();
    expect(await outcomeOf(caps(1))).toHaveProperty("decision");
  });

  it("are given back where the amounts no longer add up", async () => {
    world = await stepWorld({ state: new Map() });
    await outcomeOf({ amount: Number.MAX_SAFE_INTEGER });
    const leaves = types().length;
    expect(await outcomeOf({ ...caps(1), amount: 1 })).toEqual({
      ...{ kind: "refusal", code: "cap_spent" },
      sentence: "The amounts of this task no longer add up to a number.",
    });
    expect(types()).toHaveLength(leaves);
    expect(await outcomeOf(caps(1))).toHaveProperty("decision");
  });

  it("are not asked about where there are none", async () => {
    const state = new Map();
    world = await stepWorld({ state });
    await outcomeOf({});
    expect(spent(state)).toBeUndefined();
  });
});

describe("a write", () => {
  it("is put on record like a read", async () => {
    const operation = { name: "write", record: pinned("write", { effect: "write" }) };
    expect(await outcomeOf({}, { operation })).toHaveProperty("decision");
    expect(types().slice(0, 2)).toEqual(["decision", "dispatch"]);
  });
});
