import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ERROR_CODES } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { selfSigned } from "../../../test/attestation/self-signed.ts";
import { errorAnswer, sendJson, thrownAnswer } from "./json-answer.ts";
import { type Listening, listenTcp, listenUnix } from "./listen.ts";
import { readBody } from "./read-body.ts";
import { routeTable } from "./route-table.ts";

let folder: string;
const up: Listening[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ng-"));
});
afterEach(async () => {
  await Promise.all(up.splice(0).map((one) => one.close(50)));
  rmSync(folder, { recursive: true, force: true });
});

const ok: RequestListener = (_, response) => sendJson(response, { status: 200, body: { ok: true } });

async function openUnix(path: string, listener = ok): Promise<Listening> {
  const one = await listenUnix(listener, path);
  up.push(one);
  return one;
}

/** Sends text as it is, and gives all that comes back. */
function raw(path: string, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(path);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.on("error", reject);
  socket.on("close", () => resolve(answer));
  socket.end(text);
  return promise;
}

describe("routes", () => {
  const routes = [
    { method: "GET", path: "/things" },
    { method: "POST", path: "/things/{id}/close" },
    { method: "GET", path: "/things/{id}" },
    { method: "DELETE", path: "/things/{id}" },
  ] as const;
  const table = routeTable(routes);

  test("fit by exact method and path, and say what else an address takes", () => {
    expect(table.match("GET", "/things")).toMatchObject({ kind: "route", route: routes[0] });
    const close = table.match("POST", "/things/a%20b/close");
    expect(close.kind === "route" && close.params.get("id")).toBe("a b");
    expect(table.match("POST", "/things/a")).toEqual({
      kind: "method_not_allowed",
      allow: ["DELETE", "GET"],
    });
  });

  test.each([
    "/things/",
    "/Things",
    "//things",
    "/things/..",
    "/things/%2e%2e",
    "/things/a%2Fb",
    "/things/%ff",
    "/things/a%5cb",
    "/thing%73",
    "",
  ])("do not fit %s", (path) => {
    expect(table.match("GET", path)).toEqual({ kind: "not_found" });
  });

  test("give back any segment that a client encodes, and nothing of any other text", () => {
    const plain = fc
      .string({ minLength: 1, maxLength: 40 })
      .filter((text) => !/[\p{Cc}/\\]/u.test(text) && text.isWellFormed());
    fc.assert(
      fc.property(plain, (id) => {
        fc.pre(id !== "." && id !== "..");
        const found = table.match("GET", `/things/${encodeURIComponent(id)}`);
        expect(found.kind === "route" && found.params.get("id")).toBe(id);
      }),
    );
    fc.assert(fc.property(fc.string(), fc.string(), (method, path) => void table.match(method, path)));
  });
});

describe("answers", () => {
  test("to every code of the catalogue are refusals with that code and its sentence", () => {
    for (const code of ERROR_CODES) {
      const { status, body } = errorAnswer(code);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).toMatchObject({ error: { code } });
    }
  });

  test("show the public message of our own errors, and nothing of any other", () => {
    const ours = new NarrowgateError("conflict", "seen by all", { detail: "operators only" });
    expect(JSON.stringify(thrownAnswer(ours))).toContain("seen by all");
    expect(JSON.stringify(thrownAnswer(ours))).not.toContain("operators only");
    for (const thrown of [
      new TypeError("inside"),
      new NarrowgateError("no_such_code", "inside"),
      "inside",
      undefined,
    ]) {
      expect(thrownAnswer(thrown)).toMatchObject({
        status: 500,
        body: { error: { code: "internal_error" } },
      });
      expect(JSON.stringify(thrownAnswer(thrown))).not.toContain("inside");
    }
  });
});

describe("a body", () => {
  const reading =
    (maxBytes: number): RequestListener =>
    (request: IncomingMessage, response) => {
      readBody(request, maxBytes).then(
        (bytes) => sendJson(response, { status: 200, body: { length: bytes.length } }),
        (error: unknown) => {
          response.shouldKeepAlive = false;
          sendJson(response, thrownAnswer(error));
        },
      );
    };

  test.each([
    [
      "that fits",
      "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nabcd",
      '{"length":4}',
    ],
    [
      "that says it is too long",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 999999\r\n\r\n",
      "request_too_large",
    ],
    [
      "in chunks that grow too long",
      "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n0\r\n\r\n",
      "request_too_large",
    ],
    [
      "with both lengths",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "400 Bad Request",
    ],
  ])("%s", async (_, text, expected) => {
    const path = join(folder, "s");
    await openUnix(path, reading(4));
    expect(await raw(path, text)).toContain(expected);
  });
});

describe("a Unix socket", () => {
  test("has mode 0600, whatever the umask, and leaves the umask as it was", async () => {
    const before = process.umask(0o002);
    try {
      await openUnix(join(folder, "s"));
      expect(process.umask()).toBe(0o002);
    } finally {
      process.umask(before);
    }
    expect(statSync(join(folder, "s")).mode & 0o777).toBe(0o600);
  });

  test("that a dead process left is replaced; a live one, or any other file, is not", async () => {
    const path = join(folder, "s");
    const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    expect(() => execFileSync(process.execPath, ["-e", script], { stdio: "ignore" })).toThrow();
    expect(statSync(path).isSocket()).toBe(true);
    await openUnix(path);
    await expect(listenUnix(ok, path)).rejects.toMatchObject({ code: "conflict" });
    const file = join(folder, "f");
    writeFileSync(file, "kept");
    chmodSync(file, 0o644);
    await expect(listenUnix(ok, file)).rejects.toMatchObject({ code: "conflict" });
    expect(readFileSync(file, "utf8")).toBe("kept");
  });

  test("needs a path that the operating system can hold", async () => {
    await expect(listenUnix(ok, join(folder, "x".repeat(120)))).rejects.toMatchObject({ code: "usage" });
  });
});

describe("a TCP listener", () => {
  test("ends connections beyond those that one source may hold, and takes others again when these have ended", async () => {
    const one = await listenTcp(ok, { host: "127.0.0.1", port: 0, connections: { all: 8, perSource: 2 } });
    up.push(one);
    const open = async () => {
      const socket = connect(one.port ?? 0, "127.0.0.1");
      socket.on("error", () => undefined);
      let heard = "";
      socket.on("data", (chunk) => {
        heard += chunk.toString("latin1");
      });
      socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      await new Promise((resolve) => socket.once("data", resolve).once("close", resolve));
      return { socket, answered: () => heard.includes("200 OK") };
    };
    const [first, second] = [await open(), await open()];
    expect([first.answered(), second.answered(), (await open()).answered()]).toEqual([true, true, false]);
    const ended = new Promise((resolve) => first.socket.once("close", resolve));
    first.socket.end();
    await ended;
    await vi.waitFor(async () => expect((await open()).answered()).toBe(true));
  });

  test("refuses a port that is taken", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => {
        const address = taken.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    await expect(listenTcp(ok, { host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "address_taken",
    });
    taken.close();
  });

  test("speaks TLS with a certificate", async () => {
    const { certificate: cert, key } = selfSigned();
    const tls = { cert, key };
    const listening = await listenTcp(ok, { host: "127.0.0.1", port: 0, tls });
    up.push(listening);
    const options = { host: "127.0.0.1", port: listening.port, servername: "localhost", ca: tls.cert };
    const status = await new Promise((resolve, reject) => {
      const sent = httpsRequest(options, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
      sent.end();
    });
    expect(status).toBe(200);
  });
});
