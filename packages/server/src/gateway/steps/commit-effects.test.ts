import { NarrowgateError } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { decided, leafUnder } from "../../../test/gateway/step-stages.ts";
import { type StepWorld, serverOf, stepWorld } from "../../../test/gateway/step-world.ts";
import { commitDecision } from "./commit-decision.ts";

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

describe("the token for an upstream that trusts the issuer", () => {
  const url = "https://mail.example/mcp";
  const exchanged = async (auth: "exchanged" | "none", exchanges = true) => {
    world = await stepWorld({ exchanges });
    world.servers.set("files", { ...serverOf(world), upstream: { transport: "http", url, auth } });
  };

  it("is on record under the decision, between it and the dispatch", async () => {
    await exchanged("exchanged");
    const under: string[] = [];
    const cut = {
      kind: "cut",
      leaf(decision: string) {
        under.push(decision);
        return leafUnder(world, decision);
      },
      sign: async () => "signed",
    } as const;
    world.cut = cut;
    const { stage, outcome } = commit();
    expect(await outcome).toHaveProperty("cut", cut);
    const [decision, token, dispatch] = world.log.leaves;
    expect([decision, token, dispatch].map((leaf) => leaf?.draft.type)).toEqual([
      ...["decision", "unknown", "dispatch"],
    ]);
    expect(under).toEqual([decision?.id]);
    expect(dispatch?.draft.body["decision"]).toBe(decision?.id);
    const { claims, token: presented } = stage.resolved.authenticated.caller;
    expect(world.cuts).toEqual([
      {
        ...{ ...stage.resolved.operation, claims, token: presented },
        ...{ server: serverOf(world), audience: url },
      },
    ]);
  });

  it("is refused as its maker says, with what it says", async () => {
    await exchanged("exchanged");
    expect(await outcomeOf()).toEqual({ kind: "refusal", code: "authority_exceeded" });
    world.cut = { kind: "refused", code: "authority_exceeded", description: "not so wide" };
    expect(await outcomeOf()).toEqual({
      ...{ kind: "refusal", code: "authority_exceeded", sentence: "not so wide" },
    });
    expect(types()).toEqual([]);
  });

  it("is not there where nobody makes any", async () => {
    await exchanged("exchanged", false);
    expect(await outcomeOf()).toEqual({ kind: "refusal", code: "upstream_unavailable" });
  });

  it("is not asked for by an upstream that takes none, nor for a list", async () => {
    const withoutCut = async (options: Parameters<typeof decided>[2] = {}) => {
      const outcome = await outcomeOf({}, options);
      expect(outcome).toHaveProperty("decision");
      expect(outcome).not.toHaveProperty("cut");
      expect(world.cuts).toEqual([]);
    };
    await exchanged("exchanged");
    await withoutCut(listed);
    await exchanged("none");
    await withoutCut();
    world = await stepWorld({ exchanges: true });
    await withoutCut();
  });
});

describe("approvals that a permit rests on", () => {
  const desk = async (failing = false): Promise<string[]> => {
    const happened: string[] = [];
    world = await stepWorld({
      state: new Map(),
      approvals: ({ mandate }) => ({
        ask: () => ({ kind: "not_asked", sentence: "nobody" }),
        take(_call, entries) {
          if (failing) throw new NarrowgateError("internal_error", "used up");
          happened.push(`take ${entries.join()}`);
          return {
            drafts: [leafUnder({ mandate } as StepWorld, "A".repeat(22))],
            changes: [{ room: "approvals", key: "k", value: true }],
            apply: () => void happened.push(`apply after ${world.log.leaves.length}`),
            announce: () => void happened.push("announce"),
          };
        },
      }),
    });
    return happened;
  };

  it("are used up in its group, and that is said once it is durable", async () => {
    const happened = await desk();
    const release = world.log.stall();
    const { outcome } = commit({ approvals: ["one", "two"] });
    await Promise.resolve();
    expect(types()).toContain("unknown");
    expect(happened).toEqual(["take one,two", `apply after ${types().length}`]);
    release();
    expect(await outcome).toHaveProperty("decision");
    expect(happened.at(-1)).toBe("announce");
  });

  it("are not looked for where there are none", async () => {
    const happened = await desk();
    await outcomeOf({ approvals: [] });
    await outcomeOf({});
    await outcomeOf({ approvals: ["one"] }, { ...listed, method: "tools/list" });
    expect(happened).toEqual([]);
  });

  it("that nobody can use up permit nothing, and cost nothing", async () => {
    const caps = new Map([["calls", 1]]);
    await desk(true);
    await expect(outcomeOf({ approvals: ["one"], caps })).rejects.toMatchObject({ code: "internal_error" });
    expect(await outcomeOf({ caps })).toHaveProperty("decision");
    world = await stepWorld();
    await expect(outcomeOf({ approvals: ["one"] })).rejects.toMatchObject({
      ...{ code: "internal_error", message: expect.stringContaining("approvals that nobody keeps") },
    });
    expect(types()).toEqual([]);
  });
});
