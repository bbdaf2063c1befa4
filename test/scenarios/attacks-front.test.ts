import { once } from "node:events";
import { lstat, readdir } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import {
  generateAgentKey,
  openSession,
  signClientAssertion,
  signProof,
  type TokenClient,
} from "@narrowgate/agent";
import { randomId } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chainRegistry, TOKENS_FOR_ALL } from "./harness/desk-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

const FORM = "application/x-www-form-urlencoded";
const BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

let gate: TestInstance;
let first: TokenClient;
let second: TokenClient;

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(chainRegistry(), TOKENS_FOR_ALL);
  [first, second] = [await gate.join("first"), await gate.join("second")];
}, 60_000);

afterAll(() => gate.close());

/** Sends bytes as they are, and gives back all that came until the server ended the connection or it went quiet. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(gate.config.listen.port, "127.0.0.1");
  let heard = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  socket.on("error", () => undefined);
  socket.setTimeout(1000, () => socket.destroy());
  socket.write(bytes);
  await once(socket, "close");
  return heard;
}

const statuses = (answer: string): number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));

const host = (): string => new URL(gate.issuer).host;

describe("the public front", () => {
  it("reads one request as one, and refuses what two could read differently", async () => {
    const head = `POST /token HTTP/1.1\r\nHost: ${host()}\r\nContent-Type: ${FORM}\r\n`;
    const hidden = `GET /jwks HTTP/1.1\r\nHost: ${host()}\r\n\r\n`;
    const odd = [
      `${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
      `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
      `${head}Content-Length: +4\r\n\r\nabcd${hidden}`,
      `${head}X: a\n Content-Length: 4\r\n\r\nabcd`,
      `GET /jwks HTTP/1.1\r\n\r\n`,
    ];
    for (const bytes of odd) {
      const [status = 0, ...more] = statuses(await raw(bytes));
      expect([status, more], JSON.stringify(bytes)).toEqual([400, []]);
    }
  });

  it("answers the address as it stands: no other spelling of it leads anywhere", async () => {
    const paths = [
      "//token",
      "/token/",
      "/./token",
      "/x/../token",
      "/%74oken",
      "/token;x",
      "/TOKEN",
      `${gate.issuer}/api/transactions`,
      "http://elsewhere.example/api/transactions",
      "//api/transactions",
      "/api",
      "/x/../api/transactions",
      "/mcp",
      "//mcp/files",
      "/log/../api/transactions",
      "/.well-known/oauth-authorization-server/",
      "/admin",
      "/status",
      "/agents/first/suspend",
      "/registry",
      "*",
      "",
    ];
    for (const path of paths)
      for (const version of ["1.1", "1.0"]) {
        const answer = await raw(
          `GET ${path} HTTP/${version}\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`,
        );
        expect([400, 404], `${path}\n${answer}`).toContain(statuses(answer)[0]);
      }
  }, 60_000);

  it("gives the pages to no other name and no other origin, and no session to who has no code", async () => {
    const ask = (lines: readonly string[], method = "GET", path = "/api/transactions") =>
      raw([`${method} ${path} HTTP/1.1`, ...lines, "Connection: close", "", ""].join("\r\n"));
    expect(statuses(await ask(["Host: evil.example"]))).toEqual([403]);
    expect(statuses(await ask([`Host: ${host()}`, "Origin: https://evil.example"]))).toEqual([403]);
    expect(statuses(await ask([`Host: ${host()}`, "Origin: null"]))).toEqual([403]);
    expect(statuses(await ask([`Host: ${host()}`]))).toEqual([401]);
    const cookie = `Cookie: narrowgate-viewer-${gate.config.listen.port}=${"A".repeat(43)}`;
    expect(statuses(await ask([`Host: ${host()}`, cookie]))).toEqual([401]);
    expect(statuses(await ask([`Host: ${host()}`, "Content-Length: 0"], "POST", "/api/session"))).toEqual([
      403,
    ]);
  });

  it("ends a connection whose request does not come", async () => {
    const startedMs = Date.now();
    const ends = ["", "POST /token HTTP/1.1\r\nHost: a\r\nX: "].map(async (start) => {
      const socket = connect(gate.config.listen.port, "127.0.0.1").resume();
      socket.write(start);
      await once(socket, "close");
    });
    await Promise.all(ends);
    expect(Date.now() - startedMs).toBeLessThan(20_000);
  }, 40_000);

  it("bounds what a request may be long", async () => {
    const start = `POST /token HTTP/1.1\r\nHost: ${host()}\r\nContent-Type: ${FORM}\r\n`;
    expect(statuses(await raw(`${start}Content-Length: 999999999\r\n\r\n`))).toEqual([413]);
    expect(statuses(await raw(`${start}X: ${"a".repeat(20_000)}\r\n\r\n`))).toEqual([431]);
    const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
    expect(
      statuses(await raw(`${start}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`)).at(0),
    ).not.toBe(200);
  });
});

async function post(path: string, form: Record<string, string>, dpop?: string) {
  const response = await fetch(`${gate.issuer}${path}`, {
    method: "POST",
    body: new URLSearchParams(form),
    ...(dpop === undefined ? {} : { headers: { dpop } }),
  });
  return {
    status: response.status,
    text: await response.text(),
    nonce: response.headers.get("dpop-nonce") ?? "",
  };
}

const assertionOf = async ({ options: { key, agent } }: TokenClient): Promise<Record<string, string>> => ({
  client_assertion: await signClientAssertion(key, agent, gate.issuer, Date.now()),
  client_assertion_type: BEARER,
});

describe("what strangers learn and leave", () => {
  it("nothing of a token that is another's, and no difference between none, another's and a dead one", async () => {
    const { accessToken } = await first.request({
      grant_type: "client_credentials",
      resource: `${gate.issuer}/mcp/files`,
    });
    const answers = [];
    for (const token of [accessToken, "x", `${accessToken}x`, ""])
      answers.push((await post("/introspect", { token, ...(await assertionOf(second)) })).text);
    expect(new Set(answers).size).toBe(1);
    expect((await post("/introspect", { token: accessToken, ...(await assertionOf(first)) })).text).toContain(
      '"active":true',
    );
    expect((await post("/introspect", { token: accessToken })).status).toBe(401);
    await post("/revoke", { token: accessToken, ...(await assertionOf(second)) });
    expect((await post("/introspect", { token: accessToken, ...(await assertionOf(first)) })).text).toContain(
      '"active":true',
    );
  });

  it("nothing by a key whose agent is suspended", async () => {
    const by = { operator: "AAAAAAAAAAAAAAAAAAAAAA", jws: "signed.by.test" };
    const change = (to: "suspended" | "active") =>
      gate.instance().registry.changeLifecycle({ id: "second", to, reason: "test" }, by);
    const { accessToken: token } = await first.request({
      grant_type: "client_credentials",
      resource: `${gate.issuer}/agents/second`,
    });
    const ask = async () => (await post("/introspect", { token, ...(await assertionOf(second)) })).text;
    expect(await ask()).toContain('"active":true');
    await change("suspended");
    expect(await ask()).toContain("agent_inactive");
    await change("active");
  });

  it("no token by being asked for at another origin", async () => {
    const send = openSession(first).fetchFor(`${gate.issuer}/mcp/files`);
    await expect(send("http://127.0.0.1:9/mcp/files", {})).rejects.toMatchObject({ code: "fetch_refused" });
    expect((await send(`${gate.issuer}/mcp/files`, { method: "GET" })).status).not.toBe(401);
  });

  it("which scopes the operation needs that they ask for, and no others", async () => {
    const challenge = async (method: string, name?: string) => {
      const params = name === undefined ? {} : { name };
      const answer = await fetch(`${gate.issuer}/mcp/files`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      return / scope="([^"]*)"/.exec(answer.headers.get("www-authenticate") ?? "")?.[1];
    };
    expect(await challenge("tools/call", "write")).toBe("files:write");
    expect(await challenge("tools/call", "read")).toBe("files:read");
    expect(await challenge("tools/list")).toBe("files:read");
  });

  it("the same answer for an agent that is not there, and one whose key they do not have", async () => {
    const key = await generateAgentKey();
    const ask = async (agent: string) => {
      const client_assertion = await signClientAssertion(key, agent, gate.issuer, Date.now());
      const form = { grant_type: "client_credentials", client_assertion, client_assertion_type: BEARER };
      const { nonce } = await post("/token", form);
      const dpop = await signProof(key, { method: "POST", url: `${gate.issuer}/token`, nonce }, Date.now());
      return (await post("/token", form, dpop)).text;
    };
    expect(await ask("first")).toBe(await ask("nobody"));
    expect(await ask("first")).toContain("invalid_client");
  });

  it("no leaf, whatever they send", async () => {
    const { evidence } = gate.instance();
    await evidence.flush();
    const before = evidence.durable.size;
    const key = await generateAgentKey();
    for (let n = 0; n < 20; n++) {
      const { nonce } = await post("/token", { grant_type: "client_credentials", n: String(n) });
      for (const path of ["/token", "/enrol", "/mandates"]) {
        const dpop = await signProof(
          key,
          { method: "POST", url: `${gate.issuer}${path}`, nonce },
          Date.now(),
        );
        await fetch(`${gate.issuer}${path}`, {
          method: "POST",
          headers: { dpop, "content-type": "application/json" },
          body: JSON.stringify({
            agent: "first",
            code: `AAAAAAAAAAAA.${"A".repeat(22)}`,
            document: {},
            client_assertion: randomId(),
          }),
        }).then((response) => response.text());
      }
    }
    await evidence.flush();
    expect(evidence.durable.size).toBe(before);
  });
});

describe("on the machine", () => {
  it("every file is its owner's alone, and the admin socket too", async () => {
    const found: string[] = [];
    const walk = async (folder: string): Promise<void> => {
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        const { mode } = await lstat(path);
        if ((mode & 0o077) !== 0)
          found.push(`${path.slice(gate.directory.length)} ${(mode & 0o777).toString(8)}`);
        if (entry.isDirectory()) await walk(path);
      }
    };
    await walk(gate.config.dataDirectory);
    await walk(join(gate.directory, "anchor"));
    expect(found).toEqual([]);
    expect((await lstat(gate.config.dataDirectory)).mode & 0o077).toBe(0);
  });

  it("the admin socket takes writes signed by an operator alone", async () => {
    const socketPath = join(gate.config.dataDirectory, "admin.sock");
    const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
      const sent = request({ socketPath, method, path, headers });
      sent.end(method === "GET" ? undefined : "{}");
      const [answer] = await once(sent, "response");
      answer.resume();
      return Number(answer.statusCode);
    };
    const json = { "content-type": "application/json" };
    for (const path of [
      "/revocations",
      "/contain/first",
      "/agents/first/retire",
      "/mandates",
      "/registry/apply",
      "/console/codes",
    ])
      expect([401, 403, 404], path).toContain(await ask("POST", path, json));
    expect([401, 403]).toContain(
      await ask("POST", "/revocations", { ...json, "narrowgate-operator": "a.b.c" }),
    );
    expect(await ask("GET", "http://x/status")).toBe(404);
    expect(await ask("GET", "/status?x=1")).toBe(400);
  });
});
