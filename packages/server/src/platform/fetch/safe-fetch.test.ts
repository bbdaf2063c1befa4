import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type IssuerServer, startIssuerServer } from "../../../test/attestation/issuer-server.ts";
import { selfSigned } from "../../../test/attestation/self-signed.ts";
import { createSafeFetch, type JsonFetcher, type Resolve } from "./index.ts";

const certificate = selfSigned();
const open: { server?: IssuerServer } = {};
let server: IssuerServer;
let fetcher: JsonFetcher;

beforeEach(async () => {
  server = await startIssuerServer();
  open.server = server;
  fetcher = createSafeFetch({ allowedHosts: ["127.0.0.1"], allowHttpOnLoopback: true });
});
afterEach(() => open.server?.close());

const publicly: Resolve = () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
const refused = { code: "fetch_refused" };
const failed = { code: "fetch_failed" };

describe("where it points", () => {
  const strict = createSafeFetch({ allowedHosts: [], allowHttpOnLoopback: false });
  test.each([
    ["plain http", "http://example.com/keys"],
    ["a file", "file:///etc/passwd"],
    ["data", "data:application/json,{}"],
    ["ftp", "ftp://example.com/"],
    ["no URL", "example.com/keys"],
    ["a user", "https://user@example.com/"],
    ["a password", "https://:secret@example.com/"],
    ["a fragment", "https://example.com/#x"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback, short", "https://127.1/"],
    ["loopback as a number", "https://2130706433/"],
    ["loopback as hexadecimal", "https://0x7f.1/"],
    ["loopback as octal", "https://0177.0.0.1/"],
    ["loopback in IPv6", "https://[::1]/"],
    ["loopback mapped", "https://[::ffff:127.0.0.1]/"],
    ["loopback by NAT64", "https://[64:ff9b::7f00:1]/"],
    ["a cloud's metadata", "https://169.254.169.254/latest/meta-data"],
    ["a private network", "https://10.0.0.1/"],
    ["nothing", "https://0.0.0.0/"],
    ["a long URL", `https://example.com/${"a".repeat(3000)}`],
  ])("refuses %s", async (_, url) => {
    await expect(strict.getJson(url)).rejects.toMatchObject(refused);
  });

  test("refuses a name with one special address among good ones", async () => {
    const mixed: Resolve = () =>
      Promise.resolve([
        { address: "93.184.215.14", family: 4 },
        { address: "10.0.0.7", family: 4 },
      ]);
    const own = createSafeFetch({ allowedHosts: [], allowHttpOnLoopback: false }, mixed);
    await expect(own.getJson("https://issuer.example/keys")).rejects.toMatchObject(refused);
  });

  test("lets only the exact host be an exception", async () => {
    const own = createSafeFetch({ allowedHosts: ["keys.internal"], allowHttpOnLoopback: true }, publicly);
    server.publish("/", { keys: [] });
    await expect(own.getJson(`http://keys.internal:${server.port}/`)).resolves.toEqual({ keys: [] });
    for (const host of ["keys.internal.", "a.keys.internal", "xkeys.internal", "127.0.0.1"])
      await expect(own.getJson(`http://${host}:${server.port}/`)).rejects.toMatchObject(refused);
  });

  test("takes plain http for loopback only, and only where the configuration says so", async () => {
    const url = `http://127.0.0.1:${server.port}/`;
    server.publish("/", {});
    await expect(fetcher.getJson(url)).resolves.toEqual({});
    const prod = createSafeFetch({ allowedHosts: ["127.0.0.1"], allowHttpOnLoopback: false });
    await expect(prod.getJson(url)).rejects.toMatchObject(refused);
    const elsewhere: Resolve = () => Promise.resolve([{ address: "10.0.0.1", family: 4 }]);
    const own = createSafeFetch({ allowedHosts: ["keys.internal"], allowHttpOnLoopback: true }, elsewhere);
    await expect(own.getJson("http://keys.internal/")).rejects.toMatchObject(refused);
  });

  test("connects to the address that was checked, not to what the name says a moment later", async () => {
    const answers = ["127.0.0.1", "10.9.9.9"];
    const asked: string[] = [];
    const rebinding: Resolve = (host) => {
      asked.push(host);
      return Promise.resolve([{ address: answers[asked.length - 1] ?? "", family: 4 }]);
    };
    const own = createSafeFetch({ allowedHosts: ["keys.internal"], allowHttpOnLoopback: true }, rebinding);
    server.publish("/", { from: "the checked address" });
    await expect(own.getJson(`http://keys.internal:${server.port}/`)).resolves.toEqual({
      from: "the checked address",
    });
    expect(asked).toEqual(["keys.internal"]);
  });

  test("says nothing about the network to the caller", async () => {
    await expect(strict.getJson("https://10.0.0.1/")).rejects.toMatchObject({
      publicMessage: "that address may not be fetched",
    });
  });
});

describe("what comes back", () => {
  const reply = (status: number, headers: Record<string, string>, body: string | Buffer) =>
    server.answer("/", (_, response) => void response.writeHead(status, headers).end(body));
  const get = () => fetcher.getJson(`${server.url}/`);
  const json = { "content-type": "application/json" };

  test.each([
    ["application/json", true],
    ["application/json; charset=utf-8", true],
    ["Application/JWK-Set+JSON", true],
    ["text/html", false],
    ["application/jsonp", false],
    ["application/jwk-set", false],
    ["text/json", false],
  ])("is taken as %s: %s", async (type, isTaken) => {
    reply(200, { "content-type": type }, "{}");
    if (isTaken) await expect(get()).resolves.toEqual({});
    else await expect(get()).rejects.toMatchObject(failed);
  });

  test.each([201, 204, 301, 302, 307, 400, 404, 500])("is refused with status %d", async (status) => {
    reply(status, { ...json, location: `${server.url}/elsewhere` }, status === 204 ? "" : "{}");
    server.publish("/elsewhere", {});
    await expect(get()).rejects.toMatchObject(failed);
    expect(server.asked).toEqual(["/"]);
  });

  test.each([
    ["broken", "{"],
    ["empty", ""],
    ["with a duplicate key", '{"a":1,"a":2}'],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
    ["too deep", `${"[".repeat(20)}${"]".repeat(20)}`],
  ])("is refused when it is %s", async (_, body) => {
    reply(200, json, body);
    await expect(get()).rejects.toMatchObject(failed);
  });

  test("is refused when it is compressed", async () => {
    reply(200, { ...json, "content-encoding": "gzip" }, "{}");
    await expect(get()).rejects.toMatchObject(failed);
  });

  test("may have 256 KiB and no more, be its length announced or not", async () => {
    const text = (size: number) => `"${"a".repeat(size - 2)}"`;
    const limit = 256 * 1024;
    reply(200, json, text(limit));
    await expect(get()).resolves.toHaveLength(limit - 2);
    reply(200, json, text(limit + 1));
    await expect(get()).rejects.toMatchObject(failed);
    server.answer("/", (_, response) => {
      response.writeHead(200, json);
      response.write(text(limit));
      response.end("   ");
    });
    await expect(get()).rejects.toMatchObject({ ...failed, detail: "the document is too large" });
  });

  test("is refused when it takes too long: the name, the head or the body", async () => {
    const rules = { allowedHosts: ["127.0.0.1"], allowHttpOnLoopback: true, deadlineMs: 60 };
    server.answer("/", () => undefined);
    server.answer("/slow", (_, response) => {
      response.writeHead(200, json).write("{");
    });
    const hasty = createSafeFetch(rules);
    await expect(hasty.getJson(`${server.url}/`)).rejects.toMatchObject(failed);
    await expect(hasty.getJson(`${server.url}/slow`)).rejects.toMatchObject(failed);
    const stuck = createSafeFetch(rules, () => new Promise(() => undefined));
    await expect(stuck.getJson("https://issuer.example/")).rejects.toMatchObject(failed);
  });

  test("is refused when nobody answers, or the name is unknown", async () => {
    await server.close();
    delete open.server;
    await expect(get()).rejects.toMatchObject(failed);
    const unknown = createSafeFetch({ allowedHosts: [], allowHttpOnLoopback: false }, () =>
      Promise.reject(new TypeError("ENOTFOUND")),
    );
    await expect(unknown.getJson("https://issuer.example/")).rejects.toMatchObject(failed);
    const empty = createSafeFetch({ allowedHosts: [], allowHttpOnLoopback: false }, () =>
      Promise.resolve([]),
    );
    await expect(empty.getJson("https://issuer.example/")).rejects.toMatchObject(failed);
  });
});

describe("a fetch", () => {
  test("is shared by all who ask at the same time, and then forgotten", async () => {
    server.publish("/", { keys: [] });
    const url = `${server.url}/`;
    await Promise.all([fetcher.getJson(url), fetcher.getJson(url), fetcher.getJson(url)]);
    expect(server.asked).toHaveLength(1);
    await fetcher.getJson(url);
    expect(server.asked).toHaveLength(2);
  });

  test("that failed is not remembered", async () => {
    await expect(fetcher.getJson(`${server.url}/late`)).rejects.toMatchObject(failed);
    server.publish("/late", 1);
    await expect(fetcher.getJson(`${server.url}/late`)).resolves.toBe(1);
  });

  test("takes no proxy from the environment", async () => {
    const proxy = await startIssuerServer();
    for (const name of ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
      vi.stubEnv(name, proxy.url);
    server.publish("/", 1);
    await expect(fetcher.getJson(`${server.url}/`)).resolves.toBe(1);
    expect(proxy.asked).toEqual([]);
    await proxy.close();
  });
});

describe("over TLS", () => {
  const rules = { allowedHosts: ["localhost", "other.internal"], allowHttpOnLoopback: false };
  let secure: IssuerServer;
  beforeEach(async () => {
    secure = await startIssuerServer(certificate);
    secure.publish("/", { ok: true });
  });
  afterEach(() => secure.close());

  test("trusts no certificate but those of the runtime and the configuration", async () => {
    await expect(createSafeFetch(rules).getJson(`${secure.url}/`)).rejects.toMatchObject(failed);
    const own = createSafeFetch({ ...rules, extraCertificates: [certificate.certificate] }, publicly);
    await expect(own.getJson(`${secure.url}/`)).resolves.toEqual({ ok: true });
  });

  test("checks the certificate against the name that was asked for, whatever the address", async () => {
    const own = createSafeFetch({ ...rules, extraCertificates: [certificate.certificate] }, publicly);
    await expect(own.getJson(`https://other.internal:${secure.port}/`)).rejects.toMatchObject(failed);
  });
});
