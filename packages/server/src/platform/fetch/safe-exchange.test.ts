import type { RequestListener } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { listenTcp } from "../http/listen.ts";
import { createSafeExchange } from "./safe-fetch.ts";

const send = createSafeExchange({ allowedHosts: ["127.0.0.1"], allowHttpOnLoopback: true });
const nothing = { method: "GET", headers: {}, body: "" };

async function serve(listener: RequestListener): Promise<string> {
  const up = await listenTcp(listener, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => up.close(100));
  return `http://127.0.0.1:${up.port}`;
}

test("an exchange sends method, headers and body, and gives whatever status came", async () => {
  const url = await serve((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      const { method, headers } = request;
      response.writeHead(418, { "content-type": "text/x" });
      response.end(`${method} ${headers["x-a"]} ${headers["content-length"]} ${text}`);
    });
  });
  const answer = await send(url, { method: "POST", headers: { "x-a": "b" }, body: "čaj" });
  expect({ ...answer, body: Buffer.from(answer.body).toString() }).toEqual({
    status: 418,
    contentType: "text/x",
    body: "POST b 4 čaj",
  });
});

test("an exchange follows no redirect and reads no more than 256 KiB", async () => {
  const url = await serve((request, response) => {
    if (request.url === "/") response.writeHead(302, { location: "/large" }).end();
    else response.end("x".repeat(256 * 1024 + 1));
  });
  expect((await send(`${url}/`, nothing)).status).toBe(302);
  await expect(send(`${url}/large`, nothing)).rejects.toMatchObject({ code: "fetch_failed" });
});

test.each(["http://localhost:1", "https://169.254.169.254/", "http://10.0.0.1/", "file:///etc/passwd"])(
  "an exchange with %s is refused",
  async (url) => {
    await expect(send(url, nothing)).rejects.toMatchObject({ code: "fetch_refused" });
  },
);
