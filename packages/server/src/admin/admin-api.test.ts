import { statSync } from "node:fs";
import { canonicalBytes, type JsonObject, utf8 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { openAdmin, send } from "../../test/admin/admin-world.ts";
import { newOperatorKey, signRequest } from "../../test/admin/operator-key.ts";
import { agentDocument, baseUrl, filesServer, liveTool } from "../../test/admin/registry-world.ts";
import { ADMIN_ROUTES } from "./routes.ts";

const small: JsonObject = { servers: [filesServer], agents: [agentDocument("triage")] };
const json = { "content-type": "application/json" };
const host = { host: "gate.example" };

function errorOf(answer: { readonly json: JsonObject }): unknown {
  return Reflect.get(Object(answer.json["error"]), "code");
}

async function openEnrolled() {
  const admin = await openAdmin();
  expect((await admin.enrol()).status).toBe(201);
  return admin;
}

describe("the socket", () => {
  test("can be opened by its owner only", async () => {
    const { socketPath } = await openAdmin();
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  });

  test("tells the status without a signature, and how many operators there are", async () => {
    const { socket, enrol } = await openAdmin();
    expect((await send(socket, { method: "GET", path: "/status" })).json).toMatchObject({ operators: 0 });
    await enrol();
    expect((await send(socket, { method: "GET", path: "/status" })).json).toEqual({
      environment: "dev",
      operators: 1,
    });
  });

  test("takes no write without a signature, nor one over other bytes, nor one twice", async () => {
    const { socket, key, world, refusals } = await openEnrolled();
    const request = {
      method: "POST",
      path: "/registry/apply",
      body: utf8(JSON.stringify({ document: small })),
    };
    const unsigned = await send(socket, { ...request, headers: json });
    expect([unsigned.status, errorOf(unsigned)]).toEqual([401, "operator_signature_invalid"]);
    const jws = signRequest(key, { aud: baseUrl, clock: world.clock, ...request });
    const headers = { ...json, "narrowgate-operator": jws };
    const other = await send(socket, { ...request, body: utf8(JSON.stringify({ document: {} })), headers });
    expect(errorOf(other)).toBe("operator_signature_invalid");
    expect((await send(socket, { ...request, headers })).status).toBe(200);
    expect(errorOf(await send(socket, { ...request, headers }))).toBe("operator_signature_invalid");
    expect(world.evidence.of("registry").at(-1)?.proof).toEqual({ request: jws });
    expect(refusals).toEqual(Array(3).fill("POST /registry/apply operator_signature_invalid"));
  });

  test.each(
    ADMIN_ROUTES.filter(({ method }) => method !== "GET").map(({ method, path }) => [method, path] as const),
  )("%s %s is refused without a signature", async (method, path) => {
    const { socket } = await openEnrolled();
    const target = path.replaceAll(/\{\w+\}/g, "x");
    const body = target === "/operators" ? { name: "A", jwk: newOperatorKey().jwk, signature: "x" } : {};
    const answer = await send(socket, {
      method,
      path: target,
      headers: json,
      body: utf8(JSON.stringify(body)),
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(["operator_signature_invalid", "malformed_input"]).toContain(errorOf(answer));
  });
});

describe("enrolment", () => {
  test("of a further operator is signed by both, and theirs to use at once", async () => {
    const admin = await openEnrolled();
    const next = newOperatorKey();
    const part = { name: "Grace", jwk: next.jwk };
    const request = { method: "POST", path: "/operators", body: canonicalBytes(part) };
    const signature = signRequest(next, { aud: baseUrl, clock: admin.world.clock, ...request });
    const enrolled = await admin.signed("POST", "/operators", { ...part, signature });
    expect([enrolled.status, enrolled.json["name"]]).toEqual([201, "Grace"]);
    expect((await admin.signed("POST", "/registry/plan", { document: {} }, next)).status).toBe(200);
    const removed = await admin.signed("DELETE", `/operators/${String(enrolled.json["ref"])}`);
    expect(removed.status).toBe(200);
    expect(errorOf(await admin.signed("POST", "/registry/plan", { document: {} }, next))).toBe(
      "operator_unknown",
    );
  });

  test("with a wrong code says so and enrols nobody", async () => {
    const { socket, world, operators } = await openAdmin();
    operators.offerFirst();
    const { jwk, key, jkt } = newOperatorKey();
    const part = { name: "Eve", jwk, code: "AAAA-AAAA" };
    const request = { method: "POST", path: "/operators", body: canonicalBytes(part) };
    const signature = signRequest({ jwk, key, jkt }, { aud: baseUrl, clock: world.clock, ...request });
    const body = utf8(JSON.stringify({ ...part, signature }));
    const answer = await send(socket, { method: "POST", path: "/operators", headers: json, body });
    expect([answer.status, errorOf(answer)]).toEqual([401, "join_code_invalid"]);
    expect(operators.list()).toEqual([]);
  });
});

describe("the registry over the API", () => {
  test("is planned, looked at and applied at the revision that was looked at", async () => {
    const { signed, socket } = await openEnrolled();
    const plan = await signed("POST", "/registry/plan", { document: small });
    expect(plan.json["lines"]).toEqual(expect.arrayContaining(["+ server files", "+ agent triage"]));
    const revision = plan.json["revision"] ?? -1;
    expect((await signed("POST", "/registry/apply", { document: small, revision })).status).toBe(200);
    const late = await signed("POST", "/registry/apply", { document: small, revision });
    expect([late.status, errorOf(late)]).toEqual([409, "conflict"]);
    const agents = await send(socket, { method: "GET", path: "/registry/agents" });
    expect(agents.json["agents"]).toMatchObject([{ id: "triage", state: "active" }]);
  });

  test.each([
    [
      "an unknown member",
      { agents: [agentDocument("a", { colour: "red" })] },
      400,
      "malformed_input",
      "/agents/0/colour",
    ],
    [
      "a secret",
      { agents: [agentDocument("a", { purpose: "AKIAABCDEFGHIJKLMNOP" })] },
      422,
      "secret_in_config",
      "/agents/0/purpose",
    ],
    [
      "an owner who is the deputy",
      { servers: [filesServer], agents: [agentDocument("a", { deputy: "Ada Lovelace" })] },
      400,
      "malformed_input",
      "/agents/0/deputy",
    ],
  ])("answers %s with its path", async (...[_, document, status, code, path]) => {
    const { signed } = await openEnrolled();
    const answer = await signed("POST", "/registry/plan", { document });
    expect([answer.status, errorOf(answer)]).toEqual([status, code]);
    expect(answer.text).toContain(path);
    expect(answer.text).not.toContain("AKIA");
  });

  test("learns definitions, shows them, and approves those that were shown", async () => {
    const { signed, live, world } = await openEnrolled();
    await signed("POST", "/registry/apply", { document: small });
    const read = liveTool("read_text_file", "Reads");
    live.set("files", [read]);
    const shown = await signed("POST", "/registry/servers/files/pins", {});
    expect(shown.json["operations"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "read_text_file", state: "new", current: read.digest }),
      ]),
    );
    const approve = [{ kind: "tool", name: "read_text_file", digest: read.digest }];
    live.set("files", [liveTool("read_text_file", "Reads and sends")]);
    expect(errorOf(await signed("POST", "/registry/servers/files/pins", { approve }))).toBe("conflict");
    live.set("files", [read]);
    expect((await signed("POST", "/registry/servers/files/pins", { approve })).status).toBe(200);
    expect(world.registry.server("files")?.tools[0]?.pin?.digest).toBe(read.digest);
  });

  test("applies servers, learns their tools and then the policies that read them, in one request", async () => {
    const { signed, live, world } = await openEnrolled();
    live.set("files", [liveTool("read_text_file", "Reads", { path: { type: "string" } })]);
    const text =
      '@id("p") permit (principal, action == Action::"call_tool", resource) when { context has args && context.args has path };';
    const body = { document: small, files: [{ name: "a.cedar", text }] };
    expect(errorOf(await signed("POST", "/registry/apply", body))).toBe("policy_invalid");
    const learned = await signed("POST", "/registry/apply", { ...body, pins: "learn" });
    expect([learned.status, learned.json["pinned"]]).toMatchObject([
      200,
      [{ server: "files", name: "read_text_file" }],
    ]);
    expect(world.registry.policy().state).toBe("in_force");
    live.set("files", [liveTool("read_text_file", "Poisoned", { path: { type: "string" } })]);
    const again = await signed("POST", "/registry/apply", { ...body, pins: "learn" });
    expect(again.json["pinned"]).toEqual([]);
  });

  test("puts policies in force before it asks an upstream that needs a token, or says what to do first", async () => {
    const { signed, live } = await openEnrolled();
    const upstream = { transport: "http", url: "https://files.example/mcp", auth: "exchanged" };
    const document = { ...small, servers: [{ ...filesServer, upstream }] };
    live.set("files", [liveTool("read_text_file", "Reads", { path: { type: "string" } })]);
    const learn = (text: string) =>
      signed("POST", "/registry/apply", { document, files: [{ name: "a.cedar", text }], pins: "learn" });
    const reading =
      'action == Action::"call_tool", resource) when { context has args && context.args has path };';
    const early = await learn(`@id("p") permit (principal, ${reading}`);
    expect(errorOf(early)).toBe("policy_missing");
    const first = await learn('@id("p") permit (principal, action, resource);');
    expect([first.status, first.json["pinned"]]).toMatchObject([200, [{ name: "read_text_file" }]]);
    expect((await learn(`@id("p") permit (principal, ${reading}`)).status).toBe(200);
  });
});

describe("agents over the API", () => {
  test("get a join code when they are active", async () => {
    const { signed } = await openEnrolled();
    await signed("POST", "/registry/apply", { document: small });
    expect((await signed("POST", "/agents/triage/join-codes")).json).toMatchObject({ code: "ABCD-EFGH" });
    await signed("POST", "/agents/triage/suspend", { reason: "x" });
    expect(errorOf(await signed("POST", "/agents/triage/join-codes"))).toBe("agent_inactive");
  });

  test("are revoked by name, tokens by jti, and a name that is none is not found", async () => {
    const { signed, world } = await openEnrolled();
    await signed("POST", "/registry/apply", { document: small });
    const named = await signed("POST", "/revocations", { kind: "agent", id: "triage", reason: "odd" });
    expect(named.json).toMatchObject({ id: world.registry.agent("triage")?.ref, epoch: 1, feed: 1 });
    const token = await signed("POST", "/revocations", {
      kind: "token",
      id: "AAAAAAAAAAAAAAAAAAAAAA",
      reason: "odd",
    });
    expect(String(token.json["id"])).toHaveLength(43);
    expect((await signed("POST", "/revocations", { kind: "all", id: "all", reason: "fire" })).status).toBe(
      201,
    );
    expect(errorOf(await signed("POST", "/revocations", { kind: "agent", id: "nobody", reason: "x" }))).toBe(
      "not_found",
    );
  });
});

describe("evidence over the API", () => {
  test.each([
    ["/transactions/known", "openings", 3, 2],
    ["/transactions/known/bundle", "openings", 3, 2],
    ["/log/entries?index=1&width=5", "entries", 256, 5],
  ])(
    "reading %s is signed, and recorded with the request before it is answered",
    async (path, what, from, count) => {
      const { signed, socket, world, operators } = await openEnrolled();
      expect(errorOf(await send(socket, { method: "GET", path }))).toBe("operator_signature_invalid");
      expect(world.evidence.of("read")).toEqual([]);
      expect((await signed("GET", path)).status).toBe(200);
      const auditor = operators.list()[0]?.ref;
      expect(world.evidence.of("read").map(({ body }) => body)).toEqual([{ auditor, from, count, what }]);
      world.evidence.refuseNext = true;
      const failed = await signed("GET", path);
      expect([failed.status, failed.text.includes("narrowgate-proof")]).toEqual([503, false]);
    },
  );

  test("a bundle arrives byte for byte", async () => {
    const { signed } = await openEnrolled();
    expect((await signed("GET", "/transactions/known/bundle")).text).toBe(
      '{"format":"narrowgate-proof/1"}\n',
    );
    expect(errorOf(await signed("GET", "/transactions/unknown"))).toBe("not_found");
  });
});

describe("over TCP", () => {
  test("there is nothing but reading, and only what is public goes unsigned", async () => {
    const { tcp, key, world } = await openEnrolled();
    expect((await send(tcp, { method: "GET", path: "/log/checkpoint", headers: host })).text).toContain(
      "gate.example/log/x",
    );
    expect(errorOf(await send(tcp, { method: "GET", path: "/registry/agents", headers: host }))).toBe(
      "operator_signature_invalid",
    );
    const jws = signRequest(key, {
      aud: baseUrl,
      clock: world.clock,
      method: "GET",
      path: "/registry/agents",
    });
    const read = await send(tcp, {
      method: "GET",
      path: "/registry/agents",
      headers: { ...host, "narrowgate-operator": jws },
    });
    expect(read.status).toBe(200);
    const body = utf8(JSON.stringify({ document: {} }));
    const written = signRequest(key, {
      aud: baseUrl,
      clock: world.clock,
      method: "POST",
      path: "/registry/plan",
      body,
    });
    const headers = { ...host, ...json, "narrowgate-operator": written };
    expect(errorOf(await send(tcp, { method: "POST", path: "/registry/plan", body, headers }))).toBe(
      "not_found",
    );
  });

  test.each([
    ["another Host", { host: "attacker.example" }],
    ["another Origin", { ...host, origin: "https://attacker.example" }],
    ["an opaque Origin", { ...host, origin: "null" }],
    ["our own name on another port", { host: "gate.example:81" }],
  ])("%s is refused", async (_, headers) => {
    const { tcp } = await openAdmin();
    const answer = await send(tcp, { method: "GET", path: "/log/checkpoint", headers });
    expect([answer.status, errorOf(answer)]).toEqual([403, "origin_refused"]);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("our own Origin is taken", async () => {
    const { tcp } = await openAdmin();
    const headers = { ...host, origin: baseUrl };
    expect((await send(tcp, { method: "GET", path: "/openapi.json", headers })).status).toBe(200);
  });
});

describe("bad input", () => {
  test.each([
    ["no such address", "GET", "/nothing", undefined, 404, "not_found"],
    ["another method", "POST", "/status", "{}", 405, "method_not_allowed"],
    ["a path that is another one decoded", "GET", "/registry/%61gents", undefined, 404, "not_found"],
    ["a parameter with a slash in it", "POST", "/agents/a%2fb/suspend", "{}", 404, "not_found"],
    ["an unknown query", "GET", "/registry/agents?x=1", undefined, 400, "malformed_input"],
    ["a query given twice", "GET", "/registry/agents?limit=1&limit=2", undefined, 400, "malformed_input"],
    ["a limit beyond bounds", "GET", "/registry/agents?limit=0", undefined, 400, "malformed_input"],
  ])("%s", async (...[_, method, path, body, status, code]) => {
    const { socket } = await openAdmin();
    const answer = await send(socket, {
      method,
      path,
      headers: json,
      ...(body === undefined ? {} : { body: utf8(body) }),
    });
    expect([answer.status, errorOf(answer)]).toEqual([status, code]);
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  test.each([
    ["a name twice", '{"reason":"a","reason":"b"}', json, 400, "malformed_json"],
    ["no JSON", "reason=x", json, 400, "malformed_json"],
    ["another type", '{"reason":"a"}', { "content-type": "text/plain" }, 400, "malformed_input"],
    ["too much", `{"reason":"${"a".repeat(300_000)}"}`, json, 413, "request_too_large"],
  ])("a body with %s", async (...[_, text, headers, status, code]) => {
    const { socket, key, world } = await openEnrolled();
    const request = { method: "POST", path: "/agents/triage/suspend", body: utf8(text) };
    const jws = signRequest(key, { aud: baseUrl, clock: world.clock, ...request });
    const answer = await send(socket, { ...request, headers: { ...headers, "narrowgate-operator": jws } });
    expect([answer.status, errorOf(answer)]).toEqual([status, code]);
  });

  test("a fault of ours is told to the operator's report and to nobody else", async () => {
    const { signed, failures, world } = await openEnrolled();
    Object.defineProperty(world.evidence, "record", {
      value: () => {
        throw new TypeError("the inside of the house");
      },
    });
    const answer = await signed("GET", "/transactions/known");
    expect([answer.status, errorOf(answer)]).toEqual([500, "internal_error"]);
    expect(answer.text).not.toContain("house");
    expect(failures).toEqual(["/transactions/known TypeError: the inside of the house"]);
  });
});
