import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AgentSession } from "@narrowgate/agent";
import { NarrowgateError } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LocalEndpoint, openLocalEndpoint } from "./local-endpoint.ts";

let gate: Server;
let endpoint: LocalEndpoint;
let reached: (string | undefined)[];

/** Adds nothing to what it sends: the endpoint alone is tested here. */
const session: AgentSession = {
  fetchFor: () => (url, init) => fetch(url, init),
  narrow: () => session,
  token: () => Promise.reject(new NarrowgateError("internal_error", "not asked for")),
  delegate: () => Promise.reject(new NarrowgateError("internal_error", "not asked for")),
};

beforeEach(async () => {
  reached = [];
  gate = createServer((req, res) => {
    reached.push(req.headers.origin);
    res.end("{}");
  });
  gate.listen(0, "127.0.0.1");
  await once(gate, "listening");
  const address = gate.address();
  const issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  endpoint = await openLocalEndpoint({ issuer, session, servers: ["files"], place: { kind: "tcp" } });
});

afterEach(async () => {
  await endpoint.close();
  gate.closeAllConnections();
  gate.close();
});

/** @returns the status of a request with these headers; PORT stands for the endpoint's own */
async function ask(host: string, origin?: string): Promise<number | undefined> {
  const { port } = new URL(endpoint.url("files"));
  const own = (value: string): string => value.replace("PORT", port);
  const headers = { host: own(host), ...(origin === undefined ? {} : { origin: own(origin) }) };
  const sent = request(endpoint.url("files"), { method: "POST", headers });
  sent.end("{}");
  const [res] = await once(sent, "response");
  res.resume();
  return res.statusCode;
}

describe("the local endpoint", () => {
  it.each(["127.0.0.1:PORT", "localhost:PORT", "[::1]:PORT"])(
    "answers to %s, with its own origin",
    async (host) => {
      expect(await ask(host)).toBe(200);
      expect(await ask(host, `http://${host}`)).toBe(200);
      expect(await ask(host, "http://localhost:PORT")).toBe(200);
      // Where the request came from is nobody's business beyond this.
      expect(reached).toEqual([undefined, undefined, undefined]);
    },
  );

  it.each([
    ["evil.example", undefined],
    ["evil.example:PORT", undefined],
    ["localhost", undefined],
    ["localhost:1", undefined],
    ["localhost:PORT.evil.example", undefined],
    ["localhost:PORT", "http://evil.example"],
    ["localhost:PORT", "http://localhost"],
    ["localhost:PORT", "http://localhost:1"],
    ["localhost:PORT", "https://localhost:PORT"],
    ["localhost:PORT", "http://localhost:PORT.evil.example"],
    ["localhost:PORT", "null"],
    ["evil.example", "http://localhost:PORT"],
  ])("refuses host %s with origin %s, and sends nothing on", async (host, origin) => {
    expect(await ask(host, origin)).toBe(403);
    expect(reached).toEqual([]);
  });
});
