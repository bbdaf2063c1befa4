import { rebuildRequest } from "@narrowgate/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { type Composed, type ComposeOptions, operation } from "../../test/gateway/composed-gateway.ts";
import { eventually } from "../../test/gateway/eventually.ts";
import { modern, send } from "../../test/gateway/governed-fetch.ts";
import { call, composeScripted, outcomeOf } from "../../test/gateway/scripted-server.ts";

let gate: Composed;
afterEach(() => gate.close());
async function open(
  tools: readonly string[],
  options: Omit<ComposeOptions, "servers"> & { over?: object } = {},
): Promise<void> {
  gate = await composeScripted(tools, options);
}

describe("each call is decided", () => {
  it("on arguments that are the agent's signed word, when its proof signs the body, and that body is kept", async () => {
    await open(["ok"]);
    const requests = [];
    const said = [];
    for (const signBody of [true, false]) {
      await call(gate, "ok", { a: 1 }, { signBody });
      const draft = gate.log.of("decision").at(-1)?.draft;
      requests.push(Object(draft?.content?.["request"]));
      said.push(draft?.inputs?.find(({ path }) => path === "/context/args")?.from.by);
    }
    expect(said).toEqual(["signed", "gate"]);
    expect(requests[0].body).toBe(modern("tools/call", { name: "ok", arguments: { a: 1 } }).body);
    expect(requests[1]).not.toHaveProperty("body");
  });

  it("outside authority: a tool result with code, sentence and the leaf that says so", async () => {
    await open(["ok", "env"]);
    const token = gate.token("scripted", {
      details: [{ type: "mcp_tool", server: "scripted", tools: ["env"] }],
    });
    const answer = await call(gate, "ok", {}, { token });
    const [decision] = gate.log.of("decision");
    expect(answer.status).toBe(200);
    expect(answer.body.result).toMatchObject({
      isError: true,
      resultType: "complete",
      _meta: { code: "authority_exceeded", entry: decision?.id, policies: [] },
    });
    expect(answer.headers.get("www-authenticate")).toBeNull();
    expect(gate.log.of("dispatch")).toEqual([]);
  });

  it("constraints bind the arguments, and a missing argument does not satisfy one", async () => {
    await open(["ok"]);
    const details = [
      {
        type: "mcp_tool",
        server: "scripted",
        tools: ["ok"],
        constraints: { "/path": { prefix: "/tickets/" } },
      },
    ];
    const token = gate.token("scripted", { details });
    const outcomes = [];
    for (const path of ["/tickets/7", "/tickets/../etc/passwd", "/etc/passwd", undefined, 7]) {
      outcomes.push(outcomeOf(await call(gate, "ok", { path }, { token })));
    }
    expect(outcomes).toEqual(['{"path":"/tickets/7"}', ...Array(4).fill("authority_exceeded")]);
  });

  it("a data class above the ceiling is outside", async () => {
    await open(["ok"], { over: { tools: [operation("ok", { dataClass: "restricted" })] } });
    const token = gate.token("scripted", {
      details: [{ type: "mcp_tool", server: "scripted", tools: ["ok"], data_class: "internal" }],
    });
    expect(outcomeOf(await call(gate, "ok", {}, { token }))).toBe("authority_exceeded");
  });

  it("policy denies with its ids and its reason, and never as a lack of scope", async () => {
    const policies = `@id("allow") permit(principal, action, resource);
      @id("no-t2") @reason("agents of tier T2 stay out") forbid(principal is Agent, action, resource) when { principal.tier == "T2" };`;
    await open(["ok"], { policies });
    const answer = await call(gate, "ok", {}, { token: gate.token("scripted", { scope: "other" }) });
    expect(answer.status).toBe(200);
    expect(answer.body.result._meta).toMatchObject({
      code: "policy_denied",
      policies: ["no-t2"],
      sentence: "agents of tier T2 stay out",
    });
  });

  it("denies by default", async () => {
    await open(["ok"], { policies: "" });
    expect(outcomeOf(await call(gate, "ok"))).toBe("policy_denied");
  });

  it("asks for a step-up only when scope is all that is missing", async () => {
    await open(["ok"]);
    const lacking = await call(gate, "ok", {}, { token: gate.token("scripted", { scope: "other" }) });
    expect(lacking.status).toBe(403);
    expect(lacking.headers.get("www-authenticate")).toMatch(
      /^DPoP error="insufficient_scope", .*scope="test:use"/,
    );
    const both = await call(
      gate,
      "ok",
      {},
      { token: gate.token("scripted", { scope: "other", details: [] }) },
    );
    expect([both.status, outcomeOf(both)]).toEqual([200, "authority_exceeded"]);
  });

  it("a tool that is not registered is unknown, although the server has it", async () => {
    await open(["ok"]);
    expect(outcomeOf(await call(gate, "env"))).toBe("tool_unknown");
  });

  it("records inputs that give the request back, each with its provenance", async () => {
    await open(["ok"]);
    await call(gate, "ok", { a: [1, 2] }, { signBody: true });
    const draft = gate.log.of("decision")[0]?.draft;
    const inputs = draft?.inputs ?? [];
    expect(inputs.map(({ path }) => path)).toEqual(inputs.map(({ path }) => path).toSorted());
    expect(rebuildRequest(inputs)).toMatchObject({
      principal: { type: "Agent", id: "triage" },
      action: { type: "Action", id: "call_tool" },
      resource: { type: "Tool", id: "scripted/ok" },
      context: {
        args: { a: [1, 2] },
        actors: ["triage"],
        bodySigned: true,
        subject: { id: "ada", type: "user" },
      },
      call: { kind: "tool", server: "scripted", name: "ok", dataClass: "internal" },
    });
    expect(inputs.find(({ path }) => path === "/context/args")?.from).toEqual({ by: "signed", part: "dpop" });
    const body = draft?.content?.["request"];
    expect(body).toMatchObject({
      method: "tools/call",
      name: "ok",
      body: expect.stringContaining('"arguments":{"a":[1,2]}'),
    });
    expect(Object.keys(draft?.proof ?? {}).sort()).toEqual(["dpop", "htm", "htu", "token"]);
    expect(JSON.stringify(draft?.body)).not.toContain("triage");
  });

  it("leaves no name, argument or URL in any public leaf", async () => {
    await open(["ok"]);
    await call(gate, "ok", { secret: "swordfish" });
    const bodies = JSON.stringify(gate.log.leaves.map(({ draft }) => [draft.body, draft.txn, draft.agent]));
    for (const text of ["swordfish", "triage", "scripted", "127.0.0.1", "ada"])
      expect(bodies).not.toContain(text);
  });

  it("forwards exactly the canonical bytes that the dispatch commits to", async () => {
    await open(["ok"]);
    const answer = await call(gate, "ok", { b: 1, a: "\u20ac" });
    expect(outcomeOf(answer)).toBe('{"a":"€","b":1}');
    const content = gate.log.of("dispatch")[0]?.draft.content ?? {};
    const bytes = Buffer.from(String(content["bytes"]), "base64url").toString("utf8");
    expect(JSON.parse(bytes)).toEqual({
      id: expect.any(Number),
      jsonrpc: "2.0",
      method: "tools/call",
      params: { arguments: { a: "€", b: 1 }, name: "ok" },
    });
  });

  it("lets nothing leave before the decision is durable", async () => {
    await open(["ok"]);
    const release = gate.log.stall();
    const answer = call(gate, "ok");
    await eventually(() => gate.log.of("dispatch").length).toBe(1);
    expect(gate.log.of("outcome")).toEqual([]);
    release();
    expect(outcomeOf(await answer)).toBe("{}");
  });

  it("refuses when evidence cannot be written", async () => {
    await open(["ok"]);
    gate.log.failing = true;
    const answer = await call(gate, "ok");
    expect([answer.status, outcomeOf(answer)]).toEqual([503, "evidence_unavailable"]);
    expect(gate.log.of("outcome")).toEqual([]);
  });

  it("holds the answer of a write until its outcome is durable, and that of a read not", async () => {
    await open(["ok"], { over: { tools: [operation("ok", { effect: "write" }), operation("noise")] } });
    let release = (): void => {};
    const record = gate.log.record;
    gate.log.record = (group, changes) => {
      const isOutcome = group.some((item) => typeof item === "object" && item.type === "outcome");
      if (isOutcome) release = gate.log.stall();
      return record(group, changes);
    };
    let isAnswered = false;
    const write = call(gate, "ok").then((answer) => {
      isAnswered = true;
      return answer;
    });
    await eventually(() => gate.log.of("outcome").length).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    release();
    expect(outcomeOf(await write)).toBe("{}");
    expect(outcomeOf(await call(gate, "noise"))).toBe("after noise");
  });

  it("bounds the refusals one token can put on record", async () => {
    await open(["ok"], { limits: { refusalsPerCaller: 3 } });
    const token = gate.token("scripted", { details: [] });
    const outcomes = [];
    for (let i = 0; i < 5; i++) outcomes.push(outcomeOf(await call(gate, "ok", {}, { token })));
    expect(outcomes).toEqual([...Array(3).fill("authority_exceeded"), "overloaded", "overloaded"]);
    expect(gate.log.of("decision").length).toBe(3);
  });
});

describe("what is not the approved tool is not called", () => {
  it("refuses a changed description until it is approved again, with the difference on record", async () => {
    await open(["ok", "change"]);
    await call(gate, "change");
    expect(outcomeOf(await call(gate, "ok"))).toBe("tool_changed");
    const request = gate.log.of("decision").at(-1)?.draft.content?.["request"];
    expect(request).toMatchObject({
      change: {
        changes: [{ path: "/description", approved: "a scripted tool", current: "now do something else" }],
      },
    });
    await gate.approve("scripted");
    expect(outcomeOf(await call(gate, "ok"))).toBe("{}");
  });

  it("does not tell the agent what the new description says", async () => {
    await open(["ok", "change"]);
    await call(gate, "change");
    const answer = await call(gate, "ok");
    expect(JSON.stringify(answer.body)).not.toContain("something else");
  });

  it("finds out about a silent change at the latest when the definitions have aged", async () => {
    await open(["ok", "change"], { limits: { definitionsMs: 0 } });
    await call(gate, "change", { silent: true });
    expect(outcomeOf(await call(gate, "ok"))).toBe("tool_changed");
  });

  it("refuses a tool that was never approved", async () => {
    const { compose } = await import("../../test/gateway/composed-gateway.ts");
    const { scripted } = await import("../../test/gateway/scripted-server.ts");
    gate = await compose({ servers: [scripted(["ok"])] });
    expect(outcomeOf(await call(gate, "ok"))).toBe("tool_not_approved");
    expect(gate.log.of("decision").at(-1)?.draft.body).toMatchObject({ code: "tool_not_approved" });
  });

  it("lists only what is registered, approved, unchanged and within authority, and only what is pinned of it", async () => {
    await open(["ok", "env", "noise"]);
    const token = gate.token("scripted", {
      details: [{ type: "mcp_tool", server: "scripted", tools: ["ok", "noise", "hang"] }],
    });
    const list = async (): Promise<unknown> => {
      const response = await send(gate, "scripted", { token, ...modern("tools/list") });
      return (await response.json()).result;
    };
    const definition = (name: string): object => ({
      name,
      description: "a scripted tool",
      inputSchema: { type: "object", properties: {} },
    });
    expect(await list()).toEqual({
      tools: [definition("noise"), definition("ok")],
      resultType: "complete",
      cacheScope: "private",
      ttlMs: expect.any(Number),
    });
    expect(gate.log.leaves.map(({ draft }) => [draft.type, draft.body["action"]])).toEqual([
      ["decision", "list"],
      ["dispatch", undefined],
      ["outcome", undefined],
    ]);
  });
});
