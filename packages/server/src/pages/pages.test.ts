import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TransactionSummary } from "@narrowgate/contracts";
import { type ManualClock, manualClock, NarrowgateError } from "@narrowgate/kernel";
import { servedAssurance, servedHouse, servedPolicies, servedRoll } from "@narrowgate/testkit/pages";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReadRange, Viewer } from "./disclosure.ts";
import { createPages, type Pages } from "./pages.ts";
import type { PagesPorts } from "./ports.ts";
import { createViewerCodes, type ViewerCodes } from "./viewer-codes.ts";
import { SESSION_LIFE_MS } from "./viewer-sessions.ts";

const viewer: Viewer = { auditor: "b3BlcmF0b3ItMDAwMDAwMQ", request: "signed" };
const id = `${"A".repeat(22)}.${"B".repeat(22)}`;
const summary: TransactionSummary = {
  id,
  agents: ["triage"],
  state: "open",
  permits: 1,
  refusals: 0,
  lastActivityMs: 5,
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}
interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

let directory: string;
let clock: ManualClock;
let codes: ViewerCodes;
let reads: ReadRange[];
let faults: unknown[];
let listener: RequestListener;
let port: number;
let stop: () => Promise<void>;

function ports(more: Partial<PagesPorts> = {}): PagesPorts {
  return {
    baseUrl: `http://localhost:${port}`,
    distDirectory: directory,
    clock,
    listTransactions: async () => ({ from: 3, count: 4, content: { transactions: [summary], next: "more" } }),
    readTransaction: async (asked) => (asked === id ? { from: 3, count: 1, content: summary } : undefined),
    exportBundle: async (asked) =>
      asked === id ? { from: 3, count: 9, content: Buffer.from("the bundle") } : undefined,
    recordRead: async (_, range) => void reads.push(range),
    checkViewerCode: (typed) => codes.check(typed),
    isViewerCurrent: () => true,
    house: servedHouse(),
    policies: servedPolicies(),
    roll: servedRoll(),
    assurance: servedAssurance(),
    report: (cause) => faults.push(cause),
    ...more,
  };
}

function serve(pages: Pages): void {
  listener = pages.handle;
}

/** A request whose path and headers go out exactly as they stand here. */
async function send(path: string, { method = "GET", headers = {}, body }: Sent = {}): Promise<Answer> {
  const request = httpRequest({ port, host: "127.0.0.1", path, method, setHost: false });
  for (const [name, value] of Object.entries({ host: `localhost:${port}`, ...headers }))
    request.setHeader(name, value);
  request.end(body);
  const [response] = await once(request, "response");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

function signIn(code: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send("/api/session", {
    method: "POST",
    headers: { origin: `http://localhost:${port}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ code }),
  });
}

async function cookie(): Promise<string> {
  const { headers } = await signIn(codes.issue(viewer).code);
  return String(headers["set-cookie"]).split(";")[0] ?? "";
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "narrowgate-pages-"));
  for (const folder of ["assets", "worker"]) mkdirSync(join(directory, folder));
  writeFileSync(join(directory, "index.html"), "<!doctype html><title>console</title>");
  writeFileSync(join(directory, "secret.txt"), "secret");
  writeFileSync(join(directory, "assets", "index-abc.js"), "page");
  writeFileSync(join(directory, "assets", "notes.txt"), "secret");
  writeFileSync(join(directory, "worker", "verify-abc.js"), "worker");
  writeFileSync(join(directory, "worker", "cedar-abc.wasm"), "wasm");
  clock = manualClock(1_795_000_000_000);
  codes = createViewerCodes(clock);
  reads = [];
  faults = [];
  const server = createServer((request, response) => listener(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
  stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  serve(createPages(ports()));
});

afterEach(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

describe("the page", () => {
  test.each(["/", "/verify", `/txn/${id}`])(
    "is served at %s under a strict policy, not to be stored",
    async (path) => {
      const { status, headers, text } = await send(path);
      expect(status).toBe(200);
      expect(text).toContain("<title>console</title>");
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
          "worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      );
      expect(headers["cache-control"]).toBe("no-cache");
      expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    },
  );

  test("is sent compressed to whoever takes that, and not to others", async () => {
    writeFileSync(join(directory, "worker", "cedar-abc.wasm.gz"), "small");
    serve(createPages(ports()));
    const get = (coding: string) =>
      send("/worker/cedar-abc.wasm", { headers: { "accept-encoding": coding } });
    const { headers, text } = await get("gzip, deflate, br");
    expect(text).toBe("small");
    expect(headers).toMatchObject({ "content-encoding": "gzip", "content-type": "application/wasm" });
    expect(headers.vary).toBe("accept-encoding");
    for (const coding of ["br", "gzip;q=0", "gzip; q=0.000, br", "xgzip"]) {
      expect((await get(coding)).text).toBe("wasm");
    }
    expect((await send("/worker/cedar-abc.wasm.gz")).status).toBe(404);
  });

  test("lets WebAssembly compile in the answers of the worker's folder and in no other", async () => {
    const answers = await Promise.all(
      [
        "/",
        "/assets/index-abc.js",
        "/worker/verify-abc.js",
        "/worker/cedar-abc.wasm",
        "/api/transactions",
      ].map((path) => send(path)),
    );
    const allowed = answers.map(({ headers }) =>
      String(headers["content-security-policy"]).includes("wasm-unsafe-eval"),
    );
    expect(allowed).toEqual([false, false, true, true, false]);
  });

  test("has its hashed files kept for ever, with their types", async () => {
    const { headers, text } = await send("/worker/cedar-abc.wasm");
    expect(headers["content-type"]).toBe("application/wasm");
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(text).toBe("wasm");
  });

  test.each([
    "/secret.txt",
    "/assets/notes.txt",
    "/assets/../secret.txt",
    "/assets/%2e%2e/secret.txt",
    "/assets/..%2fsecret.txt",
    "/assets//index-abc.js",
    "/assets\\..\\secret.txt",
    "//assets/index-abc.js",
    "/assets/index-abc.js/",
    "/assets/",
    "/index.html.bak",
    "/txn/../secret.txt",
  ])("serves nothing at %s", async (path) => {
    const { status, text } = await send(path);
    expect(status).toBe(404);
    expect(JSON.parse(text).error.code).toBe("not_found");
  });

  test("says how to build it when it is not built", async () => {
    rmSync(join(directory, "index.html"));
    serve(createPages(ports()));
    const { status, text } = await send("/");
    expect(status).toBe(503);
    // The build is read at the start, so building alone shows nothing.
    expect(text).toMatch(/npm run build -w packages\/console.*start this instance again/);
  });

  test("takes no other method", async () => {
    expect((await send("/", { method: "POST" })).status).toBe(405);
    expect((await send("/", { method: "HEAD" })).text).toBe("");
  });

  test("is refused under any other name", async () => {
    const foreign = await send("/", { headers: { host: `evil.example:${port}` } });
    expect(foreign.status).toBe(403);
    expect(foreign.text).not.toContain("<title>");
  });

  test("knows its own addresses", () => {
    const { owns } = createPages(ports());
    expect(
      ["/", "/verify", `/txn/${id}`, "/api/transactions", "/assets/a.js", "/worker/a.js"].every(owns),
    ).toBe(true);
    expect(["/token", "/mcp/files", "/log/x/checkpoint", "/api", "/verify/x"].some(owns)).toBe(false);
  });
});

describe("a viewer", () => {
  test("reads nothing without a session, and nothing is recorded", async () => {
    for (const path of ["/api/transactions", `/api/transactions/${id}`, `/api/transactions/${id}/bundle`]) {
      const { status, headers, text } = await send(path, {
        headers: { cookie: `narrowgate-viewer-${port}=guess` },
      });
      expect(status).toBe(401);
      expect(headers["cache-control"]).toBe("no-store");
      expect(text).not.toContain('bundle"');
    }
    expect(reads).toEqual([]);
  });

  test("reads with a session, each reading recorded before it is answered", async () => {
    const headers = { cookie: await cookie() };
    const list = await send("/api/transactions?limit=2", { headers });
    expect(JSON.parse(list.text)).toEqual({ next: "more", transactions: [{ ...summary }] });
    const one = await send(`/api/transactions/${id}`, { headers });
    expect(JSON.parse(one.text)).toEqual(summary);
    const bundle = await send(`/api/transactions/${id}/bundle`, { headers });
    expect(bundle.text).toBe("the bundle");
    expect(bundle.headers["cache-control"]).toBe("no-store");
    expect(reads).toEqual([
      { from: 3, count: 4 },
      { from: 3, count: 1 },
      { from: 3, count: 9 },
    ]);
  });

  test("gets no byte of what could not be recorded", async () => {
    const recordRead = async () => {
      throw new NarrowgateError("evidence_unavailable", "evidence cannot be written");
    };
    serve(createPages(ports({ recordRead })));
    const { status, text } = await send(`/api/transactions/${id}/bundle`, {
      headers: { cookie: await cookie() },
    });
    expect(status).toBe(503);
    expect(text).not.toContain("the bundle");
    expect(faults).toHaveLength(1);
  });

  test("is told nothing of a failure of our own", async () => {
    const exportBundle = async () => {
      throw new TypeError("the inside of the store");
    };
    serve(createPages(ports({ exportBundle })));
    const { status, text } = await send(`/api/transactions/${id}/bundle`, {
      headers: { cookie: await cookie() },
    });
    expect(status).toBe(500);
    expect(text).not.toContain("inside");
    expect(faults).toHaveLength(1);
  });

  test("has a cookie that scripts and other sites never have", async () => {
    const { headers } = await signIn(codes.issue(viewer).code);
    expect(headers["set-cookie"]).toEqual([
      expect.stringMatching(
        /^narrowgate-viewer-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/,
      ),
    ]);
  });

  test("has a `__Host-` cookie under https", async () => {
    serve(createPages(ports({ baseUrl: `https://localhost:${port}` })));
    const { headers } = await signIn(codes.issue(viewer).code, { origin: `https://localhost:${port}` });
    expect(headers["set-cookie"]).toEqual([
      expect.stringMatching(
        /^__Host-narrowgate-viewer-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure; /,
      ),
    ]);
  });

  test("cannot sign in over a network without TLS", async () => {
    serve(createPages(ports({ baseUrl: "http://gate.example" })));
    const headers = { host: "gate.example", origin: "http://gate.example" };
    const { status, text } = await signIn(codes.issue(viewer).code, headers);
    expect(status).toBe(403);
    expect(JSON.parse(text).error.code).toBe("posture_refused");
  });

  test("is signed out after eight hours, by signing out, and when the operator is removed", async () => {
    const first = { cookie: await cookie() };
    clock.advance(SESSION_LIFE_MS - 1);
    expect((await send("/api/transactions", { headers: first })).status).toBe(200);
    clock.advance(1);
    expect((await send("/api/transactions", { headers: first })).status).toBe(401);
    const second = { cookie: await cookie() };
    const origin = `http://localhost:${port}`;
    const out = await send("/api/session", { method: "DELETE", headers: { ...second, origin } });
    expect(String(out.headers["set-cookie"])).toContain("Max-Age=0");
    expect((await send("/api/transactions", { headers: second })).status).toBe(401);
    serve(createPages(ports({ isViewerCurrent: () => false })));
    expect((await send("/api/transactions", { headers: { cookie: await cookie() } })).status).toBe(401);
  });

  test("does not come from another site", async () => {
    const { code } = codes.issue(viewer);
    expect((await signIn(code, { origin: "https://evil.example" })).status).toBe(403);
    expect((await signIn(code, { origin: "null" })).status).toBe(403);
    const withoutOrigin = await send("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    expect(withoutOrigin.status).toBe(403);
    expect((await signIn(code, { "content-type": "text/plain" })).status).toBe(400);
    expect((await signIn(code)).status).toBe(200);
  });

  test.each([
    ["a cookie twice", (value: string) => `${value}; ${value}x`],
    ["an endless cookie header", (value: string) => `${value}; ${"x".repeat(8192)}`],
    ["another name", (value: string) => value.replace("narrowgate", "narrowgat")],
  ])("is not recognised by %s", async (_, change) => {
    const { status } = await send("/api/transactions", { headers: { cookie: change(await cookie()) } });
    expect(status).toBe(401);
  });
});

describe("bad input", () => {
  test.each([
    ["no JSON", "code"],
    ["another shape", '{"code":7}'],
    ["more members", '{"code":"A","x":1}'],
    ["a name twice", '{"code":"A","code":"B"}'],
    ["an endless code", JSON.stringify({ code: "A".repeat(65) })],
  ])("is refused: %s", async (_, body) => {
    const headers = { origin: `http://localhost:${port}`, "content-type": "application/json" };
    expect((await send("/api/session", { method: "POST", headers, body })).status).toBe(400);
  });

  test("is refused: too large", async () => {
    const headers = { origin: `http://localhost:${port}`, "content-type": "application/json" };
    const body = JSON.stringify({ code: "A".repeat(2000) });
    expect((await send("/api/session", { method: "POST", headers, body })).status).toBe(413);
  });

  test.each(["limit=0", "limit=201", "limit=1e2", "limit=-1", "after=%00", `after=${"a".repeat(129)}`])(
    "is refused: %s",
    async (query) => {
      const { status } = await send(`/api/transactions?${query}`, { headers: { cookie: await cookie() } });
      expect(status).toBe(400);
      expect(reads).toEqual([]);
    },
  );

  test.each(["x", "..", `${id}x`, encodeURIComponent(`${id}/../x`)])("is not found: %s", async (name) => {
    const { status } = await send(`/api/transactions/${name}`, { headers: { cookie: await cookie() } });
    expect(status).toBe(404);
  });

  test("is refused: a method the address does not take", async () => {
    const origin = `http://localhost:${port}`;
    expect((await send("/api/transactions", { method: "POST", headers: { origin } })).status).toBe(405);
  });
});
