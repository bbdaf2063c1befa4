import { afterEach, describe, expect, it } from "vitest";
import { makeKey, makeProof } from "../../test/gateway/agent-key.ts";
import type { Composed } from "../../test/gateway/composed-gateway.ts";
import { eventually } from "../../test/gateway/eventually.ts";
import { modern, send } from "../../test/gateway/governed-fetch.ts";
import { call, composeScripted, outcomeOf } from "../../test/gateway/scripted-server.ts";

let gate: Composed;
afterEach(() => gate.close());

const message = (method: string, params: object = {}, id: number | undefined = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", ...(id === undefined ? {} : { id }), method, params });
const initialize = message("initialize", {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "t", version: "1" },
});

async function openSession(token: string): Promise<string> {
  const response = await send(gate, "scripted", { token, body: initialize });
  await response.text();
  return response.headers.get("mcp-session-id") ?? "";
}

/** Reads a stream until it ends, as one text. */
function collect(response: Response): { text: () => string; readonly ended: Promise<void> } {
  let text = "";
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const read = async (): Promise<void> => {
    for (;;) {
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return;
      text += chunk.value;
    }
  };
  return { text: () => text, ended: read().catch(() => {}) };
}

describe("a session of the earlier era", () => {
  it("negotiates a revision it knows, and shows nothing the server says of itself", async () => {
    gate = await composeScripted(["ok"]);
    const token = gate.token("scripted");
    const versions = [];
    for (const protocolVersion of ["2025-11-25", "2025-06-18", "2024-11-05", "2026-07-28"]) {
      const response = await send(gate, "scripted", {
        token,
        body: message("initialize", { protocolVersion }),
      });
      const { result } = await response.json();
      versions.push(result.protocolVersion);
      expect(result).not.toHaveProperty("instructions");
      expect(result.serverInfo.name).toBe("scripted");
    }
    expect(versions).toEqual(["2025-11-25", "2025-06-18", "2025-11-25", "2025-11-25"]);
  });

  it("belongs to its caller's key: another one of the same agent does not find it", async () => {
    gate = await composeScripted(["ok"]);
    const id = await openSession(gate.token("scripted"));
    const key = makeKey();
    const token = gate.token("scripted", { key });
    const proof = makeProof(key, { method: "POST", url: gate.url("scripted"), token, nonce: gate.nonce() });
    const stranger = await send(gate, "scripted", {
      token,
      proof,
      body: message("ping"),
      headers: { "Mcp-Session-Id": id },
    });
    expect(stranger.status).toBe(404);
    const owner = await send(gate, "scripted", {
      token: gate.token("scripted"),
      body: message("ping"),
      headers: { "Mcp-Session-Id": id },
    });
    expect(await owner.json()).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
  });

  it("does not crowd out others: a caller has so many, and then loses the oldest", async () => {
    gate = await composeScripted(["ok"]);
    const token = gate.token("scripted");
    const ids = [];
    for (let i = 0; i < 33; i++) ids.push(await openSession(token));
    const ping = async (id = ""): Promise<number> =>
      (await send(gate, "scripted", { token, body: message("ping"), headers: { "Mcp-Session-Id": id } }))
        .status;
    expect([await ping(ids[0]), await ping(ids[1]), await ping(ids[32])]).toEqual([404, 200, 200]);
  });

  it("is answered in a stream where the client names streams first, and in a document otherwise", async () => {
    gate = await composeScripted(["ok"]);
    const token = gate.token("scripted");
    const forms = ["text/event-stream, application/json", "application/json, text/event-stream"];
    const ask = (accept: string, presented?: string) =>
      send(gate, "scripted", {
        ...(presented === undefined ? {} : { token: presented }),
        body: message("ping"),
        headers: { "Mcp-Session-Id": id, Accept: accept },
      });
    const id = await openSession(token);
    const [stream, whole] = await Promise.all(forms.map((accept) => ask(accept, token)));
    expect(stream?.headers.get("content-type")).toBe("text/event-stream");
    expect(await stream?.text()).toBe('event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n');
    expect(whole?.headers.get("content-type")).toBe("application/json");
    expect(await whole?.json()).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
    // What is refused by its status has no stream.
    const refused = await Promise.all(forms.map((accept) => ask(accept)));
    for (const one of refused)
      expect([one.status, one.headers.get("content-type")]).toEqual([401, "application/json"]);
  });

  it("proves nothing by itself", async () => {
    gate = await composeScripted(["ok"]);
    const id = await openSession(gate.token("scripted"));
    expect(
      (await send(gate, "scripted", { body: message("ping"), headers: { "Mcp-Session-Id": id } })).status,
    ).toBe(401);
  });

  it("ends by DELETE, with its stream", async () => {
    gate = await composeScripted(["ok"]);
    const token = gate.token("scripted");
    const headers = { "Mcp-Session-Id": await openSession(token) };
    const stream = collect(await send(gate, "scripted", { method: "GET", token, headers }));
    expect((await send(gate, "scripted", { method: "GET", token, headers })).status).toBe(409);
    expect((await send(gate, "scripted", { method: "DELETE", token, headers })).status).toBe(204);
    await stream.ended;
    expect((await send(gate, "scripted", { token, headers, body: message("ping") })).status).toBe(404);
  });

  it("hears of changed lists on its stream, and of nothing else", async () => {
    gate = await composeScripted(["change", "flood"]);
    const token = gate.token("scripted");
    const headers = { "Mcp-Session-Id": await openSession(token) };
    const stream = collect(await send(gate, "scripted", { method: "GET", token, headers }));
    await call(gate, "change");
    await eventually(() => stream.text()).toContain("notifications/tools/list_changed");
    expect(stream.text().match(/data: /g)?.length).toBe(1);
  });

  it("cancels its own call, and the child is told", async () => {
    gate = await composeScripted(["sleep", "cancelled"]);
    const token = gate.token("scripted");
    const headers = { "Mcp-Session-Id": await openSession(token) };
    const asleep = send(gate, "scripted", {
      token,
      headers,
      body: message("tools/call", { name: "sleep", arguments: {} }, 7),
    });
    await eventually(() => gate.log.of("dispatch").length).toBe(1);
    const other = { "Mcp-Session-Id": await openSession(token) };
    const cancel = message("notifications/cancelled", { requestId: 7 }, undefined).replace('"id":1,', "");
    expect((await send(gate, "scripted", { token, headers: other, body: cancel })).status).toBe(202);
    expect(outcomeOf(await call(gate, "cancelled"))).toBe("0");
    expect((await send(gate, "scripted", { token, headers, body: cancel })).status).toBe(202);
    expect((await (await asleep).json()).error.data.code).toBe("invalid_request");
    expect(gate.log.of("outcome").map(({ draft }) => draft.body["status"])).toContain("cancelled");
    expect(outcomeOf(await call(gate, "cancelled"))).toBe("1");
  });

  it("ends what is live when its mandate is revoked", async () => {
    gate = await composeScripted(["ok"]);
    const token = gate.token("scripted");
    const headers = { "Mcp-Session-Id": await openSession(token) };
    const stream = collect(await send(gate, "scripted", { method: "GET", token, headers }));
    gate.revoke("mandate");
    await stream.ended;
    expect((await send(gate, "scripted", { token, headers, body: message("ping") })).status).toBe(401);
  });
});

describe("a subscription of the modern era", () => {
  const listen = modern(
    "subscriptions/listen",
    { notifications: { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ["x:y"] } },
    "s1",
  );

  it("is acknowledged for what is offered, carries its id, and ends with the authority it rests on", async () => {
    gate = await composeScripted(["change"]);
    const stream = collect(await send(gate, "scripted", { token: gate.token("scripted"), ...listen }));
    await eventually(() => stream.text()).toContain("acknowledged");
    await call(gate, "change");
    await eventually(() => stream.text()).toContain("notifications/tools/list_changed");
    gate.revoke("instance");
    await stream.ended;
    const events = stream
      .text()
      .split("\n\n")
      .filter((event) => event !== "")
      .map((event) => JSON.parse(event.slice(event.indexOf("{"))));
    const _meta = { "io.modelcontextprotocol/subscriptionId": "s1" };
    expect(events).toEqual([
      {
        jsonrpc: "2.0",
        method: "notifications/subscriptions/acknowledged",
        params: { _meta, notifications: { toolsListChanged: true } },
      },
      { jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta } },
      { jsonrpc: "2.0", id: "s1", result: { _meta, resultType: "complete" } },
    ]);
  });

  it("ends when its token does", async () => {
    gate = await composeScripted(["ok"]);
    const now = Math.floor(Date.now() / 1000);
    const token = gate.token("scripted", { claims: { iat: now - 10, exp: now + 4 } });
    const stream = collect(await send(gate, "scripted", { token, ...listen }));
    await stream.ended;
    expect(stream.text()).toContain('"resultType":"complete"');
  });

  it("is refused beyond the number of streams the gate keeps", async () => {
    gate = await composeScripted(["ok"], { limits: { streams: 1 } });
    const first = collect(await send(gate, "scripted", { token: gate.token("scripted"), ...listen }));
    await eventually(() => first.text()).toContain("acknowledged");
    expect((await send(gate, "scripted", { token: gate.token("scripted"), ...listen })).status).toBe(503);
  });
});
