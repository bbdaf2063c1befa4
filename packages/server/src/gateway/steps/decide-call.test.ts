import type { JsonObject } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { POLICY, PROCEDURE, verdictOf } from "../../../test/gateway/step-records.ts";
import { resolved } from "../../../test/gateway/step-stages.ts";
import { agentOf, type StepWorld, serverOf, stepWorld } from "../../../test/gateway/step-world.ts";
import { decideCall } from "./decide-call.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

describe("a call", () => {
  it("is decided on all that is known of it", () => {
    world.verdict = { verdict: "refuse", code: "policy_denied" };
    const { stage, exchange } = resolved(world);
    const { claims, mandate } = stage.authenticated.caller;
    const outcome = decideCall(world.room)(stage);
    const question = {
      ...{ claims, agent: agentOf(world), mandate, server: serverOf(world), bodySigned: false },
      ...stage.operation,
    };
    expect(outcome).toEqual({ resolved: stage, verdict: verdictOf(world.verdict), question });
    expect(world.questions).toEqual([question]);
    expect(exchange.known).toMatchObject({ verdict: outcome.verdict, question, opensAddresses: false });
  });

  it.each<[JsonObject, boolean]>([
    [{ inputResponses: {} }, true],
    [{ requestState: "s" }, true],
    [{ inputResponses: {}, requestState: "s" }, true],
    [{ other: 1 }, false],
  ])("that carries %j answers the upstream: %s", (params, isResumed) => {
    const { stage } = resolved(world, { resolved: { params } });
    const { question } = decideCall(world.room)(stage);
    expect("isResumed" in (question ?? {})).toBe(isResumed);
    expect(question?.isResumed).toBe(isResumed ? true : undefined);
  });

  it("knows whether its client opens addresses, of the session or of the request itself", () => {
    const declared = {
      name: "read",
      _meta: { "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } } },
    };
    const opens = (options: Parameters<typeof resolved>[1]): boolean | undefined => {
      const { stage, exchange } = resolved(world, options);
      decideCall(world.room)(stage);
      return exchange.known.opensAddresses;
    };
    const session = (opensAddresses: boolean) =>
      world.room.sessions.open("files", resolved(world).stage.authenticated.caller.claims, {
        protocolVersion: "2025-11-25",
        opensAddresses,
      });
    expect(opens({ params: declared })).toBe(true);
    expect(opens({})).toBe(false);
    expect(opens({ session: session(true) })).toBe(true);
    expect(opens({ session: session(false), params: declared })).toBe(false);
  });
});

describe("a list", () => {
  it("has no decision of its own, and asks no policy", () => {
    const { stage, exchange } = resolved(world, { operation: { treatment: "listed", list: "tools" } });
    expect(decideCall(world.room)(stage)).toEqual({
      resolved: stage,
      verdict: {
        ...{ verdict: "permit", policies: [], reason: "", inputs: [] },
        ...{ policy: POLICY, procedure: PROCEDURE },
      },
    });
    expect(world.questions).toEqual([]);
    expect(exchange.known).not.toHaveProperty("verdict");
  });
});
