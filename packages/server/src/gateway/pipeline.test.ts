import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { BASE } from "../../test/gateway/step-records.ts";
import { issue, leafUnder, openExchange } from "../../test/gateway/step-stages.ts";
import { type StepWorld, stepWorld } from "../../test/gateway/step-world.ts";
import { createPipeline } from "./pipeline.ts";

let world: StepWorld;
beforeEach(async () => {
  world = await stepWorld();
});

const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** One message of a modern client, from the door to its answer. */
function send(params: JsonObject = {}, headers: Record<string, string> = {}, method = "tools/call") {
  const { token, proof } = issue(world);
  const name = "read";
  const named = method === "tools/call" ? { name, arguments: {} } : {};
  const message = {
    ...{ jsonrpc: "2.0", id: 7, method },
    params: { ...named, _meta: meta, ...params },
  };
  const { exchange } = openExchange(world, {
    headers: {
      ...{ "content-type": "application/json", accept: "*/*" },
      ...{ authorization: `DPoP ${token}`, dpop: proof },
      ...{ "mcp-protocol-version": "2026-07-28", "mcp-method": method, "mcp-name": name },
      ...headers,
    },
    body: JSON.stringify(message),
  });
  return { exchange, answer: createPipeline(world.room)(exchange) };
}
const types = () => world.log.leaves.map(({ draft }) => draft.type).filter((type) => type !== "label");
const codes = () => world.log.of("decision").map(({ draft }) => draft.body["code"]);

describe("the way of a call", () => {
  it("goes through every step, and its answer comes back", async () => {
    expect(await send().answer).toEqual({
      ...{ kind: "settled", status: 200 },
      message: { jsonrpc: "2.0", id: 7, result: { content: [], resultType: "complete" } },
    });
    expect(types()).toEqual(["decision", "dispatch", "outcome"]);
    expect(world.sent).toHaveLength(1);
  });

  it("ends where the gate answers itself", async () => {
    expect(await send({}, {}, "server/discover").answer).toMatchObject({
      ...{ kind: "settled", status: 200 },
      message: { result: { supportedVersions: expect.any(Array) } },
    });
    expect([...types(), ...world.sent, ...world.reports]).toEqual([]);
  });

  it("ends where a step refuses, on record once it can be attributed", async () => {
    expect(await send({}, { accept: "text/html" }).answer).toMatchObject({ status: 406 });
    expect(types()).toEqual([]);
    expect(await send({ other: 1 }).answer).toMatchObject({ status: 400 });
    world.verdict = { verdict: "refuse", code: "policy_denied", reason: "no", policies: ["no-reads"] };
    expect(await send().answer).toMatchObject({
      status: 200,
      message: {
        result: {
          isError: true,
          _meta: { code: "policy_denied", policies: ["no-reads"], entry: world.log.leaves.at(-1)?.id },
        },
      },
    });
    expect(codes().at(-1)).toBe("policy_denied");
    expect(world.sent).toEqual([]);
  });

  it("tells a caller whose token is refused where to get one, and the nonce", async () => {
    const { answer } = send({}, { dpop: "stale" });
    expect(await answer).toMatchObject({
      status: 401,
      headers: {
        "DPoP-Nonce": "fresh-nonce",
        "WWW-Authenticate": expect.stringContaining(`${BASE}/.well-known/`),
      },
    });
  });
});

describe("what is thrown", () => {
  it("becomes a refusal with its code", async () => {
    world.log.failing = true;
    expect(await send().answer).toMatchObject({
      status: 503,
      message: { error: { data: { code: "evidence_unavailable" } } },
    });
    expect(world.sent).toEqual([]);
  });

  it("becomes a failure of our own, on record and told to the operator, where it has none", async () => {
    const cause = new RangeError("swordfish");
    Object.assign(world.room.deps.decider, {
      decide() {
        throw cause;
      },
    });
    const answer = await send().answer;
    expect(answer).toMatchObject({ status: 500, message: { error: { data: { code: "internal_error" } } } });
    expect(JSON.stringify(answer)).not.toContain("swordfish");
    expect(world.reports).toEqual([{ kind: "failure", server: "files", detail: "a step failed", cause }]);
    expect(codes()).toEqual(["internal_error"]);
  });

  it("becomes one too where its code is none of the catalogue's", async () => {
    Object.assign(world.room.deps.decider, {
      decide() {
        throw new NarrowgateError("nobody's code" as never, "x");
      },
    });
    expect(await send().answer).toMatchObject({ status: 500 });
    expect(world.reports).toEqual([]);
  });
});

describe("a refusal whose record is waited for", () => {
  const desk = async () => {
    world = await stepWorld({
      state: new Map(),
      approvals: (place) => ({
        ask: () => ({
          ...{ kind: "asked", id: "a", requires: ["owner#1"], notAfterMs: 1, url: `${BASE}/a` },
          ...{ drafts: [leafUnder(place, "A".repeat(22))], changes: [] },
          ...{ apply: () => undefined, announce: () => undefined },
        }),
        take: () => ({ drafts: [], changes: [], apply: () => undefined, announce: () => undefined }),
      }),
    });
    world.verdict = { verdict: "refuse", code: "approval_required", reason: "r", requires: ["owner#1"] };
  };

  it("is answered once it is durable, with what waits", async () => {
    await desk();
    const release = world.log.stall();
    let isAnswered = false;
    const answer = send().answer.then((settled) => {
      isAnswered = true;
      return settled;
    });
    await expect.poll(() => types()).toEqual(["decision", "unknown"]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    release();
    expect(await answer).toMatchObject({
      message: {
        result: { _meta: { code: "approval_required", approval: { id: "a", requires: ["owner#1"] } } },
      },
    });
  });

  it("refuses without it where it cannot be made durable", async () => {
    await desk();
    world.log.failing = true;
    const answer = await send().answer;
    expect(answer).not.toHaveProperty("message.result._meta.approval");
    expect(answer).toMatchObject({ message: { error: { data: { code: "evidence_unavailable" } } } });
  });

  it("refuses all the same where its record throws, and says so to the operator", async () => {
    const cause = new RangeError("no budget");
    Object.assign(world.room.refusals, {
      take() {
        throw cause;
      },
    });
    world.verdict = { verdict: "refuse", code: "policy_denied", reason: "no" };
    expect(await send().answer).toMatchObject({ message: { error: { data: { code: "internal_error" } } } });
    expect(world.reports).toEqual([
      { kind: "failure", server: "files", detail: "a step failed", cause },
      { kind: "failure", detail: "a refusal could not be recorded", cause },
    ]);
  });
});
