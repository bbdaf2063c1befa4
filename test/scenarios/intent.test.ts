import { acceptHandOff, callTool, openMandate, openSession, type TokenClient } from "@narrowgate/agent";
import { intentDigest, type MandateDocument, type MandateIntent } from "@narrowgate/contracts";
import { randomId, sha256 } from "@narrowgate/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everythingRegistry, PERMIT_ALL } from "./harness/everything-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";
import { failedRules, verifiedExport } from "./harness/verified-export.ts";

let gate: TestInstance;
let first: TokenClient;
let second: TokenClient;
const address = (): string => `${gate.issuer}/mcp/everything`;
const INTENT: MandateIntent = {
  case: "T-1001",
  tools: ["everything/echo"],
  resources: ["demo://resource/static/"],
};

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(everythingRegistry());
  await gate.pin("everything");
  await gate.apply(everythingRegistry(), PERMIT_ALL);
  [first, second] = [await gate.join("first"), await gate.join("second")];
}, 60_000);

afterAll(() => gate.close());

function documentOf(intent?: MandateIntent): MandateDocument {
  const agent = gate.instance().registry.agent("first");
  return {
    v: 1,
    salt: randomId(),
    agent: "first",
    subject: "agent:first",
    purpose: "test of intent",
    ...(intent === undefined ? {} : { intent }),
    authority: agent?.ceiling ?? {},
    expires: Math.floor(Date.now() / 1000) + 600,
    idleSeconds: 300,
  };
}

function claimsOf(token: string): { readonly txn: string; readonly ng: { readonly intent?: string } } {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
}

describe("a mandate that says what its task needs", () => {
  it("reaches that and nothing else, along the whole chain, and offline the same is found", async () => {
    const session = openSession(first, await openMandate(first, documentOf(INTENT)));
    const helper = acceptHandOff(second, await session.delegate("second"));
    for (const each of [session, helper]) {
      await expect(callTool(each, address(), "echo", { message: "hello" })).resolves.toMatchObject({
        text: expect.stringContaining("hello"),
      });
      await expect(callTool(each, address(), "get-sum", { a: 1, b: 2 })).rejects.toMatchObject({
        code: "outside_intent",
      });
    }
    const [root, child] = [await session.token(address()), await helper.token(address())].map(claimsOf);
    const digest = intentDigest(sha256, INTENT);
    expect([root?.ng.intent, child?.ng.intent]).toEqual([digest, digest]);
    const report = await verifiedExport(gate, root?.txn ?? "");
    expect(failedRules(report)).toEqual([]);
    expect(report.decisions.recomputed).toBeGreaterThan(6);
  });

  it("is not opened when it names a tool that nobody offers", async () => {
    const opened = openMandate(first, documentOf({ tools: ["everything/ecko"] }));
    await expect(opened).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("did you mean everything/echo?"),
    });
  });

  it("says nothing in a token when it says nothing", async () => {
    const session = openSession(first, await openMandate(first, documentOf()));
    expect(claimsOf(await session.token(address())).ng).not.toHaveProperty("intent");
    await callTool(session, address(), "get-sum", { a: 1, b: 2 });
  });
});
