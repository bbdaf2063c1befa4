import { afterEach, describe, expect, it } from "vitest";
import { createPeople } from "../../../test/approvals/approval-world.ts";
import { type Composed, operation } from "../../../test/gateway/composed-gateway.ts";
import { modern, send } from "../../../test/gateway/governed-fetch.ts";
import { type Answer, call, composeScripted, outcomeOf } from "../../../test/gateway/scripted-server.ts";

const POLICIES = `
@id("all") permit(principal, action, resource);
@id("four-eyes") @reason("a person decides") @approval("approver#1")
forbid(principal, action == Action::"call_tool", resource) unless { context.approvals.contains("approver#1") };`;

let gate: Composed;
afterEach(() => gate.close());

async function open() {
  const people = createPeople();
  // What is read changes nothing here: else the label alone would already void an approval that was used.
  const tools = [operation("ok", { dataClass: "public", untrusted: false })];
  const options = { policies: POLICIES, signers: people, state: new Map(), over: { tools } };
  gate = await composeScripted(["ok"], options);
  return { people, bea: people.enrol("Bea", ["approver"]) };
}

const waiting = (): readonly string[] => gate.approvals?.list().map(({ url }) => url) ?? [];

async function approve({ bea }: Awaited<ReturnType<typeof open>>): Promise<void> {
  const [url = ""] = waiting();
  const handle = url.slice(url.indexOf("#") + 1);
  const described = gate.approvals?.describe(handle);
  const statement = described?.state === "open" ? (described.choices[0]?.approve ?? "") : "";
  await gate.approvals?.sign({ handle, credential: bea.id, signed: { ...bea.sign(statement) } });
}

/** A call by a modern client that says what it can. */
async function declared(params: Record<string, unknown> = {}): Promise<Answer> {
  const _meta = { "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } } };
  const request = modern("tools/call", { name: "ok", arguments: {}, ...params, _meta });
  const response = await send(gate, "scripted", { token: gate.token("scripted"), ...request });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

describe("a call that a person must approve", () => {
  it("is answered at once, with how it is signed, and both are on record as one", async () => {
    await open();
    const { status, body } = await call(gate, "ok");
    expect(status).toBe(200);
    const [refusal] = gate.log.of("decision");
    const [requested] = gate.log.of("approval");
    expect(body.result).toMatchObject({
      isError: true,
      _meta: {
        code: "approval_required",
        entry: refusal?.id,
        approval: { id: requested?.draft.body["approval"], requires: ["approver#1"], url: waiting()[0] },
      },
    });
    const [{ text }] = body.result.content;
    expect(text).toContain(`signs it at ${waiting()[0]}`);
    expect(text).toContain(`narrowgate approval open ${requested?.draft.body["approval"]}`);
    expect(requested?.draft.body).toMatchObject({ action: "requested", decision: refusal?.id });
    expect(requested?.index).toBe((refusal?.index ?? 0) + 1);
  });

  it("is made once it is approved, and once only", async () => {
    const room = await open();
    await call(gate, "ok");
    await approve(room);
    expect(outcomeOf(await call(gate, "ok"))).toBe("{}");
    expect(outcomeOf(await call(gate, "ok"))).toBe("approval_required");
    const [permit] = gate.log.of("decision").filter(({ draft }) => draft.body["verdict"] === "permit");
    const [approved] = gate.log.of("approval").filter(({ draft }) => draft.body["action"] === "approved");
    const named = permit?.draft.inputs?.find(({ path }) => path === "/approvals")?.value;
    expect(named).toEqual([{ entry: approved?.id, requirement: "approver#1" }]);
  });

  it("is made by one of many tries at the same time", async () => {
    const room = await open();
    await call(gate, "ok");
    await approve(room);
    const answers = await Promise.all(Array.from({ length: 6 }, () => call(gate, "ok")));
    expect(answers.map(outcomeOf).filter((one) => one === "{}")).toHaveLength(1);
    expect(answers.map(outcomeOf).filter((one) => one === "approval_required")).toHaveLength(5);
    expect(gate.log.of("dispatch")).toHaveLength(1);
    expect(waiting()).toHaveLength(1);
  });

  it("keeps its approval when the permit comes to nothing before its record", async () => {
    const room = await open();
    await call(gate, "ok");
    await approve(room);
    gate.setMandate("closed");
    expect(outcomeOf(await call(gate, "ok"))).toBe("mandate_closed");
    gate.setMandate("open");
    expect(outcomeOf(await call(gate, "ok"))).toBe("{}");
  });

  it("is not approved by an answer to the server's questions, which no approval covers", async () => {
    const room = await open();
    gate.server("scripted");
    await call(gate, "ok");
    await approve(room);
    const refused = await declared({ inputResponses: { other: { action: "accept" } } });
    // Without leave to ask, answers are not even passed on.
    expect(refused.body.error.data.code).toBe("malformed_input");
    expect(outcomeOf(await call(gate, "ok"))).toBe("{}");
  });

  it("stays refused where there is no place to approve it", async () => {
    gate = await composeScripted(["ok"], { policies: POLICIES });
    const { body } = await call(gate, "ok");
    expect(body.result._meta.code).toBe("approval_required");
    expect(body.result._meta.sentence).toContain("no place where people approve");
    expect(body.result._meta.approval).toBeUndefined();
  });

  it("is answered only when the request is on disk, and not as asked when it cannot be kept", async () => {
    await open();
    gate.log.failing = true;
    expect((await call(gate, "ok")).body.result?._meta.code).toBeUndefined();
    expect((await call(gate, "ok")).status).toBe(503);
  });
});

describe("a client that can open addresses", () => {
  it("of the modern era is asked to open one, and its own answer goes no further", async () => {
    const room = await open();
    const { body } = await declared();
    const [url] = waiting();
    expect(body.result).toMatchObject({
      resultType: "input_required",
      inputRequests: {
        "narrowgate/approval": { method: "elicitation/create", params: { mode: "url", url } },
      },
      _meta: { code: "approval_required" },
    });
    await approve(room);
    const answer = { inputResponses: { "narrowgate/approval": { action: "accept" } } };
    expect(outcomeOf(await declared(answer))).toBe("{}");
  });

  it("that only says somebody agreed is asked again", async () => {
    await open();
    await declared();
    const again = await declared({ inputResponses: { "narrowgate/approval": { action: "accept" } } });
    expect(again.body.result.resultType).toBe("input_required");
    expect(waiting()).toHaveLength(1);
  });

  it("of the earlier era gets the error of its revision", async () => {
    await open();
    const token = gate.token("scripted");
    const post = async (method: string, params: object, headers: Record<string, string> = {}) => {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      return send(gate, "scripted", { token, body, headers });
    };
    const capabilities = { elicitation: { url: {} } };
    const clientInfo = { name: "test", version: "1" };
    const opened = await post("initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo });
    const session = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
    const answer = await post("tools/call", { name: "ok", arguments: {} }, session);
    const [url] = waiting();
    expect(JSON.parse(await answer.text()).error).toMatchObject({
      code: -32042,
      data: { code: "approval_required", elicitations: [{ mode: "url", url }] },
    });
  });
});
