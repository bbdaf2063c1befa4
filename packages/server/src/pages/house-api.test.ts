import type { TransactionSummary, WaitingCall } from "@narrowgate/contracts";
import type { ServedHouse } from "@narrowgate/testkit/pages";
import { expect, test } from "vitest";
import { openPagesWorld } from "../../test/pages/pages-world.ts";

const call: WaitingCall = {
  id: "waiting",
  agent: "refunds",
  subject: "https://idp.example#ana",
  server: "payments",
  operation: "tool refund",
  effect: "irreversible",
  requires: ["approver#1"],
  missing: ["approver#1"],
  askedAtMs: 1,
  notAfterMs: 2,
  url: "https://approve.example/approve#handle",
};

const open = (house: ServedHouse) => openPagesWorld({ house });

const paths = [
  "/api/overview",
  "/api/approvals",
  "/api/refusals",
  "/api/agents",
  "/api/agents/a",
  "/api/agents/a/transactions",
  "/api/people",
];

test("strangers are told to sign in, whatever they ask", async () => {
  const { get, reads } = await open({ waiting: [call] });
  for (const path of paths) expect((await get(path, "")).status).toBe(401);
  expect(reads).toEqual([]);
});

test("who approves and reads nothing sees what waits, and not what was refused or who is registered", async () => {
  const { get } = await open({ waiting: [call] });
  const statuses = await Promise.all(paths.map(async (path) => (await get(path, "approver")).status));
  expect(statuses).toEqual([200, 200, 403, 403, 403, 403, 403]);
});

test("what waits is given without a reading on record, and is counted beyond what one answer holds", async () => {
  const { get, reads } = await open({ waiting: Array.from({ length: 201 }, () => call) });
  const { json: body } = await get("/api/approvals", "reader");
  expect(body).toMatchObject({ isSetUp: true, total: 201 });
  expect(Reflect.get(Object(body), "approvals")).toHaveLength(200);
  expect(reads).toEqual([]);
});

test("no place to approve is told from nothing that waits", async () => {
  const { get } = await open({});
  expect((await get("/api/approvals", "reader")).json).toEqual({ isSetUp: false, total: 0, approvals: [] });
});

test("what was refused is given when the reading is on record, twenty at most", async () => {
  const refusal = { entry: "entry", atMs: 5, action: "call", code: "policy_denied" } as const;
  const { get, reads } = await open({ refusals: Array.from({ length: 30 }, () => refusal) });
  const { json: body } = await get("/api/refusals", "reader");
  expect(Reflect.get(Object(body), "refusals")).toHaveLength(20);
  expect(reads).toEqual([{ from: 0, count: 20 }]);
});

test("where nothing was refused, nothing is put on record", async () => {
  const { get, reads } = await open({});
  expect((await get("/api/refusals", "reader")).json).toEqual({ refusals: [] });
  expect(reads).toEqual([]);
});

test("who reads sees who is registered, and a page begins only where it may", async () => {
  const { get, reads } = await open({});
  expect((await get("/api/agents", "reader")).json).toEqual({ agents: [] });
  expect((await get("/api/people?after=x", "reader")).json).toEqual({ people: [] });
  expect((await get("/api/agents?after=%00", "reader")).status).toBe(400);
  expect((await get("/api/agents/a", "reader")).status).toBe(404);
  expect(reads).toEqual([]);
});

const summary: TransactionSummary = {
  id: `${"A".repeat(22)}.${"B".repeat(22)}`,
  agents: ["orchestrator", "triage"],
  purpose: "answer ticket 7",
  state: "closed",
  permits: 3,
  refusals: 1,
  lastActivityMs: 5,
};

test("what an agent took part in is given when the reading is on record, and nothing is read of one that did nothing", async () => {
  const { get, reads } = await openPagesWorld({ roll: { transactions: [summary] } });
  expect((await get("/api/agents/triage/transactions", "reader")).json).toEqual({ transactions: [summary] });
  expect(reads).toEqual([{ from: 0, count: 1 }]);
  expect((await get("/api/agents/idle/transactions", "reader")).json).toEqual({ transactions: [] });
  expect(reads).toHaveLength(1);
});

test("what an agent took part in is given to nobody when the reading cannot be recorded", async () => {
  const { get } = await openPagesWorld({ roll: { transactions: [summary] }, isBroken: true });
  const { status, json } = await get("/api/agents/triage/transactions", "reader");
  expect(status).toBe(503);
  expect(JSON.stringify(json)).not.toContain("answer ticket 7");
});
