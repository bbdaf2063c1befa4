import type { JsonValue } from "@narrowgate/kernel";
import { afterEach, describe, expect, it } from "vitest";
import type { Composed } from "../../../test/gateway/composed-gateway.ts";
import { call, composeScripted, outcomeOf } from "../../../test/gateway/scripted-server.ts";

let gate: Composed;
afterEach(() => gate.close());

const capped = (caps: Record<string, number>): string =>
  gate.token("scripted", { details: [{ type: "mcp_tool", server: "scripted", tools: ["ok"], caps }] });

describe("caps of a token", () => {
  it("let so many calls through over the whole transaction, and not one more at the same time", async () => {
    gate = await composeScripted(["ok"], { state: new Map() });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => call(gate, "ok", {}, { token: capped({ calls: 4 }) })),
    );
    expect(answers.map(outcomeOf).sort()).toEqual(["cap_spent", "cap_spent", "{}", "{}", "{}", "{}"]);
    expect(outcomeOf(await call(gate, "ok", {}, { token: capped({ calls: 5 }) }))).toBe("{}");
    expect(outcomeOf(await call(gate, "ok"))).toBe("{}");
  });

  it("are still spent after a restart", async () => {
    const state = new Map<string, JsonValue>();
    gate = await composeScripted(["ok"], { state });
    await call(gate, "ok", {}, { token: capped({ calls: 1 }) });
    const [key = ""] = [...state.keys()].filter((name) => name.startsWith("gateway-spend/"));
    expect(state.get(key)).toBe(1);
    await gate.close();
    gate = await composeScripted(["ok"], { state });
    const again = `gateway-spend/${gate.txn}/${gate.server("scripted").ref}`;
    state.set(again, state.get(key) ?? 0);
    expect(outcomeOf(await call(gate, "ok", {}, { token: capped({ calls: 1 }) }))).toBe("cap_spent");
  });

  it("that cannot be measured, or kept, refuse", async () => {
    gate = await composeScripted(["ok"], { state: new Map() });
    expect(outcomeOf(await call(gate, "ok", {}, { token: capped({ calls: 9, rows: 9 }) }))).toBe("cap_spent");
    await gate.close();
    gate = await composeScripted(["ok"]);
    expect(outcomeOf(await call(gate, "ok", {}, { token: capped({ calls: 9 }) }))).toBe("cap_spent");
  });
});
