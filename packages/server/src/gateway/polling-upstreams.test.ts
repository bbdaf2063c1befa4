import { afterEach, describe, expect, it } from "vitest";
import {
  type Composed,
  type ComposeOptions,
  compose,
  operation,
} from "../../test/gateway/composed-gateway.ts";
import { eventually } from "../../test/gateway/eventually.ts";
import { type PollingServer, startPollingServer } from "../../test/gateway/polling-server.ts";
import { call, outcomeOf } from "../../test/gateway/scripted-server.ts";

let gate: Composed;
let upstream: PollingServer;
afterEach(async () => {
  await gate.close();
  await upstream.close();
});

async function open(tool: string, limits: ComposeOptions["limits"] = {}): Promise<void> {
  upstream = await startPollingServer();
  const http = { transport: "http", url: upstream.url, auth: "none" } as const;
  gate = await compose({ servers: [{ id: "scripted", upstream: http, tools: [operation(tool)] }], limits });
  await gate.approve("scripted");
}

describe("an upstream whose stream ends before the answer", () => {
  it.each(["late", "cut"])("is asked for the rest, and is not called twice: %s", async (tool) => {
    await open(tool);
    expect(outcomeOf(await call(gate, tool))).toBe("at last");
    expect(upstream.resumed).toEqual(["e0", "e1"]);
    expect(upstream.calls).toEqual([tool]);
  });

  it("is not asked at once, over and over, and not for longer than a call may take", async () => {
    await open("never", { callMs: 500 });
    expect(outcomeOf(await call(gate, "never"))).toBe("upstream_timeout");
    expect(new Set(upstream.resumed)).toEqual(new Set(["e0"]));
    // A pause of a tenth of a second at least, whatever the upstream says.
    expect(upstream.resumed.length).toBeLessThanOrEqual(5);
    expect(upstream.calls).toEqual(["never"]);
  });

  it("is left when the caller's authority is revoked between two streams", async () => {
    await open("never");
    const answer = call(gate, "never");
    await eventually(() => upstream.resumed.length > 0).toBe(true);
    gate.revoke("mandate");
    expect(outcomeOf(await answer)).toBe("revoked");
  });
});

describe("an upstream over HTTP that asks something of its client", () => {
  it("is told at once that the gate does not pass it, and that the gate is there", async () => {
    await open("asks", { callMs: 5_000 });
    const answers = JSON.parse(outcomeOf(await call(gate, "asks")) ?? "");
    expect(answers).toMatchObject([
      { id: "q1", error: { code: -32601 } },
      { id: "q2", result: {} },
    ]);
  });
});
