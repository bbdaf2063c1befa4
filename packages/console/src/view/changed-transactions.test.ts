import type { ChangedDecision } from "@narrowgate/contracts";
import { expect, test } from "vitest";
import { changedTransactions } from "./changed-transactions.ts";

const permit = { verdict: "permit", policies: ["reads"], requires: [] } as const;
const refuse = { verdict: "refuse", code: "policy_denied", policies: ["stop"], requires: [] } as const;
const ask = { ...refuse, code: "approval_required", requires: ["approver#1"] } as const;

function changed(txn: string, atMs: number, after: ChangedDecision["after"] = refuse): ChangedDecision {
  return { txn, atMs, before: permit, after };
}

test("decisions stand by transaction, that with the newest first, each way of change once", () => {
  const rows = changedTransactions([changed("a", 1), changed("b", 2), changed("a", 3), changed("a", 4, ask)]);
  expect(rows).toEqual([
    {
      txn: "a",
      lastMs: 4,
      decisions: 3,
      ways: [
        { before: "permit", after: "policy_denied", by: "stop" },
        { before: "permit", after: "approval_required (approver#1)", by: "stop" },
      ],
    },
    { txn: "b", lastMs: 2, decisions: 1, ways: [{ before: "permit", after: "policy_denied", by: "stop" }] },
  ]);
});

test("what a candidate cannot be asked is said, by nobody", () => {
  const [row] = changedTransactions([changed("a", 1, { failed: "malformed_input" })]);
  expect(row?.ways).toEqual([{ before: "permit", after: "cannot be asked: malformed_input", by: "" }]);
});

test("nothing changed is nothing", () => {
  expect(changedTransactions([])).toEqual([]);
});
