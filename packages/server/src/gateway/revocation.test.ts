import type { JsonValue } from "@narrowgate/kernel";
import { afterEach, describe, expect, it } from "vitest";
import type { Composed } from "../../test/gateway/composed-gateway.ts";
import { eventually } from "../../test/gateway/eventually.ts";
import { call, composeScripted, outcomeOf } from "../../test/gateway/scripted-server.ts";

let gate: Composed;
afterEach(() => gate.close());

describe("a revocation that falls between two steps of a call", () => {
  it("after the token was checked: nothing is permitted", async () => {
    // What was spent of a cap is read between the check of the token and the commit.
    class RevokingState extends Map<string, JsonValue> {
      override get(key: string): JsonValue | undefined {
        gate.revoke("mandate", "quietly");
        return super.get(key);
      }
    }
    gate = await composeScripted(["ok"], { state: new RevokingState() });
    const details = [{ type: "mcp_tool", server: "scripted", tools: ["ok"], caps: { calls: 9 } }];
    expect(outcomeOf(await call(gate, "ok", {}, { token: gate.token("scripted", { details }) }))).toBe(
      "revoked",
    );
    expect(gate.log.leaves.map(({ draft }) => [draft.type, draft.body["code"]])).toEqual([
      ["decision", "revoked"],
    ]);
  });

  it("a step that fails refuses, says no more than that, and is on record", async () => {
    class BrokenState extends Map<string, JsonValue> {
      override get(): JsonValue | undefined {
        throw new RangeError("swordfish");
      }
    }
    gate = await composeScripted(["ok"], { state: new BrokenState() });
    const details = [{ type: "mcp_tool", server: "scripted", tools: ["ok"], caps: { calls: 9 } }];
    const answer = await call(gate, "ok", {}, { token: gate.token("scripted", { details }) });
    expect([answer.status, outcomeOf(answer)]).toEqual([500, "internal_error"]);
    expect(JSON.stringify(answer.body)).not.toContain("swordfish");
    expect(gate.log.leaves.map(({ draft }) => [draft.type, draft.body["code"]])).toEqual([
      ["decision", "internal_error"],
    ]);
    expect(gate.events).toContainEqual(
      expect.objectContaining({ kind: "failure", cause: expect.any(RangeError) }),
    );
  });

  it("while the decision is made durable: nothing leaves, and the outcome says so", async () => {
    gate = await composeScripted(["ok"]);
    const release = gate.log.stall();
    const answer = call(gate, "ok");
    await eventually(() => gate.log.of("dispatch").length).toBe(1);
    gate.revoke("agent", "quietly");
    release();
    expect(outcomeOf(await answer)).toBe("revoked");
    expect(gate.log.of("outcome").map(({ draft }) => draft.body["status"])).toEqual(["cancelled"]);
  });

  it("refusals after the closing of a transaction are kept outside it", async () => {
    gate = await composeScripted(["ok"]);
    const token = gate.token("scripted");
    await call(gate, "ok", {}, { token });
    const txn = gate.log.of("decision")[0]?.draft.txn ?? "";
    gate.log.closed.add(txn);
    gate.revoke("mandate");
    expect(outcomeOf(await call(gate, "ok", {}, { token }))).toBe("revoked");
    const { draft } = gate.log.leaves.at(-1) ?? {};
    expect(draft).toMatchObject({ type: "decision", body: { verdict: "refuse", code: "revoked" } });
    expect(draft).not.toHaveProperty("txn");
  });
});
