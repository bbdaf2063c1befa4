import { parseProofBundle } from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { describe, expect, test } from "vitest";
import { type DisclosedLeaf, summariseTransaction } from "./summarise-transaction.ts";

const engine = createNodeEngine();

async function leavesOf(open = false): Promise<{ txn: string; leaves: readonly DisclosedLeaf[] }> {
  const { log, txn } = recordSupportCase(engine, { open });
  const bytes = await log.export(txn);
  const { entries } = parseProofBundle(
    parseStrictJson(bytes.subarray(0, -1), { maxBytes: 64 * 1024 * 1024 }),
  );
  const own = entries.filter(({ leaf }) => leaf.txn?.id === txn);
  return { txn, leaves: own.map(({ leaf, openings = {} }) => ({ leaf, openings })) };
}

describe("the summary of a transaction", () => {
  test("names who asked, the agents in the order they came in, and counts decisions", async () => {
    const { txn, leaves } = await leavesOf();
    const summary = summariseTransaction(txn, leaves);
    expect(summary).toMatchObject({ id: txn, agents: ["orchestrator", "triage"], state: "closed" });
    const refusals = leaves.filter(
      ({ leaf }) => leaf.type === "decision" && leaf.body.verdict === "refuse",
    ).length;
    expect(summary).toMatchObject({ permits: 4, refusals, lastActivityMs: leaves.at(-1)?.leaf.at });
    expect(summary.subject).toContain("ana");
    expect(summary.purpose).toBe("answer ticket 7");
  });

  test("leaves out what was erased", async () => {
    const { txn, leaves } = await leavesOf();
    const erased = leaves.map(({ leaf }) => ({ leaf, openings: {} }));
    const summary = summariseTransaction(txn, erased);
    expect(summary).not.toHaveProperty("subject");
    expect(summary).not.toHaveProperty("purpose");
    expect(summary).toMatchObject({ agents: [], permits: 4 });
  });

  test("passes over a token that is not in form", async () => {
    const { txn, leaves } = await leavesOf();
    const broken = leaves.map(({ leaf, openings }) =>
      leaf.type === "token"
        ? { leaf, openings: { proof: { salt: "x", signing_input: "a.b" } } }
        : { leaf, openings },
    );
    expect(summariseTransaction(txn, broken).agents).toEqual(["orchestrator"]);
  });

  test("says whether it is open, closed or expired", async () => {
    const { txn, leaves } = await leavesOf(true);
    expect(summariseTransaction(txn, leaves).state).toBe("open");
    const ended = (action: "expired" | "closed"): readonly DisclosedLeaf[] =>
      leaves.flatMap((entry) => {
        const { leaf } = entry;
        if (leaf.type !== "mandate") return [entry];
        const body = { ...leaf.body, action };
        return [entry, { leaf: { ...leaf, body }, openings: {} }];
      });
    expect(summariseTransaction(txn, ended("expired")).state).toBe("expired");
    expect(summariseTransaction(txn, ended("closed")).state).toBe("closed");
  });
});
