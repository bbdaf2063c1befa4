import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { whyNoPages } from "./pages-built.ts";

const text = "text/plain; charset=utf-8";
let server: Server;

async function asked(listener: RequestListener): Promise<string | undefined> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return whyNoPages(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`);
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("what an instance says in place of pages that are not built", () => {
  test("is given on", async () => {
    const said = await asked((_, response) => {
      response.writeHead(503, { "content-type": text }).end("Not built. Run `npm run build`.\n");
    });
    expect(said).toBe("Not built. Run `npm run build`.");
  });

  test("is cut, however much comes", async () => {
    const said = await asked((_, response) => {
      response.writeHead(503, { "content-type": text });
      response.write("x".repeat(100_000));
    });
    expect(said).toHaveLength(400);
  });

  test.each([
    ["pages", 200, "text/html"],
    ["a fault of another kind", 503, "application/json"],
    ["a plain text", 200, text],
  ])("is nothing where there is %s", async (_, status, type) => {
    const said = await asked((_request, response) => {
      response.writeHead(status, { "content-type": type }).end("{}");
    });
    expect(said).toBeUndefined();
  });

  test("is nothing where nobody can be asked", async () => {
    expect(await asked((request) => request.socket.destroy())).toBeUndefined();
  });
});
