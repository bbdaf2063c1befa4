import { createTokenClient, enrol, generateAgentKey, openMandate, openSession } from "@narrowgate/agent";
import { randomId } from "@narrowgate/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chainRegistry } from "./harness/desk-registry.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";
import { failedRules, verifiedExport } from "./harness/verified-export.ts";

const POLICIES = `
@id("tokens") @reason("tokens for all")
permit (principal, action in [Action::"mint_token", Action::"exchange_token"], resource);
@id("asked-first") @reason("a person says yes to this task first") @approval("approver#1")
forbid (principal == Agent::"first", action == Action::"mint_token", resource);
`;

let gate: TestInstance;

beforeAll(async () => {
  gate = await startInstance();
  await gate.apply(chainRegistry(), POLICIES);
}, 60_000);

afterAll(() => gate.close());

it("a token that policy wants approved is refused with what would lift it, and offline that recomputes", async () => {
  const key = await generateAgentKey();
  const { code } = await gate.instance().attestation.issueJoinCode("first", randomId());
  await enrol({ issuer: gate.issuer, agent: "first", code, key });
  const client = createTokenClient({ issuer: gate.issuer, agent: "first", key });
  const mandate = await openMandate(client, {
    v: 1,
    salt: randomId(),
    agent: "first",
    subject: "agent:first",
    purpose: "test of tokens that wait",
    authority: gate.instance().registry.agent("first")?.ceiling ?? {},
    expires: Math.floor(Date.now() / 1000) + 600,
    idleSeconds: 300,
  });
  const session = openSession(client, mandate);
  await expect(session.token(`${gate.issuer}/mcp/files`)).rejects.toMatchObject({
    code: "approval_required",
    publicMessage: expect.stringContaining("a person says yes to this task first"),
  });
  const txn = gate.instance().mandates.list()[0]?.txn ?? "";
  const report = await verifiedExport(gate, txn);
  expect(failedRules(report)).toEqual([]);
  expect(report.decisions.recomputed).toBe(1);
});
