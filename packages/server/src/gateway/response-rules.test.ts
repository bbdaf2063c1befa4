import type { ResponseRule, ServerRecord } from "@narrowgate/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { type Composed, operation } from "../../test/gateway/composed-gateway.ts";
import { call, composeScripted, outcomeOf } from "../../test/gateway/scripted-server.ts";

let gate: Composed;
afterEach(() => gate.close());

const SECRET: ResponseRule = {
  tool: "ok",
  when: { path: "/content/*/text", pattern: "IBAN [A-Z]{2}\\d{2}" },
  label: { dataClass: "restricted" },
};
const POLICIES = `@id("all") permit(principal, action, resource);
@id("no-secrets-out") forbid(principal, action, resource is Tool)
when { resource.egress && context.labels.rank >= 3 };`;

async function open(responseRules: readonly ResponseRule[] = [SECRET]): Promise<void> {
  const tools = [
    operation("ok", { dataClass: "public", untrusted: false }),
    operation("env", { dataClass: "public", untrusted: false, egress: true }),
  ];
  const over: Partial<ServerRecord> = { tools, responseRules };
  gate = await composeScripted([], { policies: POLICIES, over });
}

const labels = () => gate.log.of("label").map(({ draft }) => draft.body);

describe("an answer that a response rule speaks of", () => {
  it("raises what transaction and instance carry, by leaves that name the outcome and the rule", async () => {
    await open();
    await call(gate, "ok", { text: "nothing" });
    expect(labels()).toEqual([]);
    expect(outcomeOf(await call(gate, "env"))).not.toBe("policy_denied");
    await call(gate, "ok", { text: "IBAN NL02" });
    const outcome = gate.log.of("outcome").at(-1);
    const raised = { class: "restricted", untrusted: false, because: outcome?.id, rule: expect.any(String) };
    expect(labels()).toEqual([
      expect.objectContaining({ state: "transaction", ref: gate.txn, ...raised }),
      expect.objectContaining({ state: "instance", ...raised }),
    ]);
    expect(outcomeOf(await call(gate, "env"))).toBe("policy_denied");
  });

  it("is held until that is durable, though it is only a read", async () => {
    await open();
    await call(gate, "ok", { text: "before" });
    let answered = false;
    const pending = call(gate, "ok", { text: "IBAN NL02" }).then((answer) => {
      answered = true;
      return answer;
    });
    while (gate.log.of("dispatch").length < 2) await new Promise((next) => setImmediate(next));
    const release = gate.log.stall();
    while (gate.log.of("outcome").length < 2) await new Promise((next) => setImmediate(next));
    for (let i = 0; i < 50; i++) await new Promise((next) => setImmediate(next));
    const early = answered;
    release();
    expect([early, outcomeOf(await pending)]).toEqual([false, '{"text":"IBAN NL02"}']);
  });

  it("and nobody could look at carries the most there is", async () => {
    await open([{ when: { pattern: "x" }, label: { untrusted: true } }]);
    await call(gate, "ok", { text: "y".repeat(140_000) });
    expect(labels()[0]).toMatchObject({ class: "restricted", untrusted: true });
    expect(labels()[0]).not.toHaveProperty("rule");
  });

  it("is withheld when its mandate ended meanwhile, for no label can follow", async () => {
    await open();
    const pending = call(gate, "ok", { text: "IBAN NL02" });
    while (gate.log.of("dispatch").length < 1) await new Promise((next) => setImmediate(next));
    gate.revoke("mandate", "quietly");
    expect(outcomeOf(await pending)).toBe("revoked");
    expect(labels()).toEqual([]);
  });
});
