import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { manualClock } from "@narrowgate/kernel";
import { afterEach, describe, expect, it } from "vitest";
import { approvalWorld } from "../../../test/approvals/approval-world.ts";
import { createApprovalPage } from "./approval-page.ts";

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function open() {
  const world = await approvalWorld();
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://localhost:${port}`;
  const faults: unknown[] = [];
  const page = createApprovalPage({
    approvals: world.approvals,
    clock: manualClock(1_795_000_000_000),
    origin,
    report: (cause) => void faults.push(cause),
  });
  server.on("request", (req, res) => page.handle(req, res));
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${origin}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin, ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
  return { world, origin, page, post, faults };
}

describe("the approval origin", () => {
  it("serves a page that nobody can frame, script or send elsewhere, and sets no cookie", async () => {
    const { origin } = await open();
    for (const path of ["/approve", "/approve.js", "/approve.css"]) {
      const { status, headers } = await fetch(`${origin}${path}`);
      expect(status).toBe(200);
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'; base-uri 'none'; form-action 'none'/,
      );
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("set-cookie")).toBeNull();
    }
  });

  it("shows a request to who has its handle, and takes a signed answer", async () => {
    const { world, post } = await open();
    const { handle } = world.ask();
    const shown = await post("/request", { handle });
    expect(shown.json).toMatchObject({ state: "open", rp_id: "approve.example.test", alike: 0 });
    const bea = world.people.enrol("Bea", ["approver"]);
    const signed = bea.sign(world.statement(handle));
    const taken = await post("/sign", { handle, credential: bea.id, signed });
    expect(taken).toMatchObject({ status: 200, json: { kind: "approve", missing: [] } });
    const again = await post("/sign", { handle, credential: bea.id, signed });
    expect(again).toMatchObject({ status: 400, json: { error: { code: "approval_invalid" } } });
    expect((await post("/request", { handle: "A".repeat(43) })).status).toBe(404);
  });

  it.each([
    ["another origin", { origin: "https://evil.test" }, 403],
    ["the gate's own origin", { origin: "http://localhost:1" }, 403],
    ["a plain form", { "content-type": "text/plain" }, 400],
  ])("takes nothing from %s", async (_, headers, status) => {
    const { world, post } = await open();
    expect((await post("/request", { handle: world.ask().handle }, headers)).status).toBe(status);
  });

  it("takes nothing that no page sent", async () => {
    const { world, origin } = await open();
    const answer = await fetch(`${origin}/request`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ handle: world.ask().handle }),
    });
    expect(answer.status).toBe(403);
  });

  it("answers to its own name alone, takes no query, and has nothing else", async () => {
    const { origin, page } = await open();
    const address = origin.replace("localhost", "127.0.0.1");
    expect((await fetch(`${address}/approve`)).status).toBe(403);
    expect((await fetch(`${origin}/approve?handle=x`)).status).toBe(404);
    expect((await fetch(`${origin}/sign`)).status).toBe(405);
    expect(["/", "/people", "/mcp/x", "/approve/x"].map((path) => page.owns(path))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("bounds who tries handles and signatures, and takes no large or deep body", async () => {
    const { post, faults } = await open();
    expect((await post("/request", { handle: "x".repeat(50_000) })).status).toBe(413);
    expect((await post("/sign", { handle: "x", credential: "x", signed: [[[[[1]]]]] })).status).toBe(400);
    expect((await post("/sign", { handle: "x", credential: "x" })).status).toBe(400);
    const statuses: number[] = [];
    for (let i = 0; i < 25; i++) statuses.push((await post("/request", { handle: "x" })).status);
    expect(statuses.at(-1)).toBe(429);
    expect(faults).toEqual([]);
  });
});
