import { beforeEach, describe, expect, it } from "vitest";
import { issue, openExchange } from "../../../test/gateway/step-stages.ts";
import { type StepWorld, stepWorld } from "../../../test/gateway/step-world.ts";
import { digestOf } from "../digest.ts";
import type { Received } from "../stages.ts";
import { authenticateRequest } from "./authenticate-request.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

const client = { protocolVersion: "2025-11-25", opensAddresses: false };

function authenticate(given: { method?: string; era?: Received["era"]; sessionId?: string; jkt?: string }) {
  const { method = "ping", era = "earlier", sessionId, jkt } = given;
  const { token, proof, claims } = issue(world, jkt === undefined ? {} : { cnf: { jkt } });
  const { exchange } = openExchange(world, { headers: { authorization: `DPoP ${token}`, dpop: proof } });
  const received: Received = {
    exchange,
    message: { kind: "request", id: 1, method, params: {} },
    ...{ era, body: new Uint8Array(), sessionId },
  };
  return { claims, received, outcome: authenticateRequest(world.room)(received) };
}

describe("a request of the earlier era", () => {
  it("belongs to a session of its caller", async () => {
    const { claims } = authenticate({});
    const session = world.room.sessions.open("files", claims, client);
    const { received, outcome } = authenticate({ sessionId: session?.id ?? "" });
    expect(await outcome).toMatchObject({ received, session, caller: { agent: { id: "triage" } } });
  });

  it("has to name one", async () => {
    expect(await authenticate({}).outcome).toMatchObject({
      code: "invalid_request",
      sentence: expect.stringContaining("Send initialize first"),
    });
  });

  it("finds no session of another caller, nor of another server", async () => {
    const { claims } = authenticate({});
    const own = world.room.sessions.open("files", claims, client)?.id ?? "";
    const elsewhere = world.room.sessions.open("mail", claims, client)?.id ?? "";
    for (const given of [
      { sessionId: own, jkt: digestOf("other") },
      { sessionId: elsewhere },
      { sessionId: "x" },
    ])
      expect(await authenticate(given).outcome).toMatchObject({
        code: "not_found",
        sentence: expect.stringContaining("initialize again"),
      });
  });

  it("opens one by initialize, which needs none", async () => {
    const outcome = await authenticate({ method: "initialize", sessionId: "gone" }).outcome;
    expect(outcome).toHaveProperty("session", undefined);
    expect(outcome).toHaveProperty("caller");
  });
});

describe("a request of the modern era", () => {
  it("has no session", async () => {
    const outcome = await authenticate({ era: "modern", sessionId: "gone" }).outcome;
    expect(outcome).toHaveProperty("session", undefined);
    expect(outcome).toHaveProperty("caller");
  });
});

describe("a caller that is refused", () => {
  it("learns nothing of sessions", async () => {
    world.mandate = { ...world.mandate, state: "closed" };
    expect(await authenticate({}).outcome).toEqual({ kind: "refusal", code: "mandate_closed" });
  });
});
