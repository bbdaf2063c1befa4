import { describe, expect, it } from "vitest";
import type { World } from "../cases/world.ts";
import { type EntityRecord, entityKey } from "../decision.ts";
import { createNodeEngine } from "../engine.node.ts";
import { compilePolicies, schemaFromRegistry } from "../index.ts";
import { analysePolicies } from "./index.ts";

const engine = createNodeEngine();
const inputSchema = { type: "object", properties: { to: { type: "string" } } };
const { schema } = schemaFromRegistry({ tools: [{ server: "s", name: "t", inputSchema }] });

const agent = (id: string, tier: string): EntityRecord => ({
  uid: { type: "Agent", id },
  attrs: { owner: `${id}@x`, purpose: "p", tier },
  parents: [],
});
const tool = (name: string, effect: string, egress = false): EntityRecord => ({
  uid: { type: "Tool", id: `s/${name}` },
  attrs: { server: "s", name, dataClass: "internal", effect, egress },
  parents: [{ type: "Server", id: "s" }],
});
const entities = [
  { uid: { type: "Server", id: "s" }, attrs: {}, parents: [] },
  agent("a", "T1"),
  agent("b", "T2"),
  tool("read", "read"),
  tool("send", "write", true),
];
const world: World = new Map(entities.map((entity) => [entityKey(entity.uid), entity]));

const READS = `@id("reads") permit(principal, action == Action::"call_tool", resource) when { resource.effect == "read" };`;

function analyse(text: string, reaches = true) {
  const outcome = compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema });
  if (outcome.kind === "rejected") expect.fail(JSON.stringify(outcome.problems));
  const analysis = analysePolicies(outcome.policies, { world, reaches: () => reaches });
  return { ...analysis, kinds: analysis.findings.map(({ kind, about }) => `${kind} ${about}`).sort() };
}

describe("analysis", () => {
  it("finds nothing wrong with policies that all do something, but the tool they leave out", () => {
    const { kinds, undecided, all } = analyse(READS);
    expect([kinds, undecided, all]).toEqual([["unreachable-tool s/send"], [], true]);
  });

  it("finds what holds in no case: an agent nobody registered, a rank there is not, two values at once", () => {
    const text = `${READS}
      @id("ghost") permit(principal == Agent::"ghost", action, resource);
      @id("rank") forbid(principal, action, resource) when { context.labels.rank > 3 };
      @id("both") forbid(principal, action, resource) when { context.env == "dev" && context.env == "prod" };`;
    expect(analyse(text).kinds).toEqual([
      "never-true both",
      "never-true ghost",
      "never-true rank",
      "unreachable-tool s/send",
    ]);
  });

  it("finds what changes no verdict, and a permit that forbids take away altogether", () => {
    const text = `${READS}
      @id("again") permit(principal == Agent::"a", action == Action::"call_tool", resource) when { resource.effect == "read" };
      @id("writes") permit(principal, action == Action::"call_tool", resource) when { resource.effect == "write" };
      @id("no-writes") forbid(principal, action == Action::"call_tool", resource) when { resource.effect == "write" };`;
    expect(analyse(text).kinds).toEqual([
      "contradictory writes",
      "shadowed again",
      "unreachable-tool s/send",
    ]);
  });

  it("takes a signature that is asked for, and an obligation, for a difference", () => {
    const text = `${READS}
      @id("capped") @cap_rows("5") permit(principal == Agent::"a", action == Action::"call_tool", resource)
        when { resource.effect == "read" };
      @id("eyes") @approval("approver#1") forbid(principal, action == Action::"call_tool", resource)
        unless { context.approvals.contains("approver#1") };`;
    expect(analyse(text).kinds).toEqual(["unreachable-tool s/send"]);
  });

  it("finds a forbid that asks for a signature and never looks whether it is there, and says what to write", () => {
    const text = `${READS}
      @id("blind") @approval("approver#1") forbid(principal == Agent::"a", action == Action::"call_tool", resource);
      @id("sees") @approval("approver#1") forbid(principal == Agent::"b", action == Action::"call_tool", resource)
        unless { context.approvals.containsAll(["approver#1"]) };`;
    const { kinds, findings } = analyse(text);
    expect(kinds).toEqual(["approval-unread blind", "unreachable-tool s/send"]);
    expect(findings.find(({ about }) => about === "blind")?.message).toContain(
      'unless { context.approvals.contains("approver#1") }',
    );
  });

  it("finds egress that does not look at labels, and not the one that does", () => {
    const sends = `@id("sends") permit(principal, action == Action::"call_tool", resource) when { resource.egress };`;
    const guard = `@id("guard") forbid(principal, action == Action::"call_tool", resource)
      when { resource.egress && context.labels.untrusted && context.labels.rank >= 2 };`;
    expect(analyse(READS + sends).kinds).toEqual(["egress-ignores-labels s/send"]);
    expect(analyse(READS + sends + guard).kinds).toEqual([]);
  });

  it("finds permits outside every ceiling, and leaves alone what ceilings say nothing of", () => {
    const mint = `@id("tokens") permit(principal, action == Action::"mint_token", resource);`;
    expect(analyse(READS + mint, false).kinds).toEqual([
      "unreachable-tool s/send",
      "wider-than-ceiling reads",
    ]);
  });

  it("knows of people, whom no registry names", () => {
    const text = `${READS}
      @id("ann") permit(principal == Subject::"ann", action == Action::"open_mandate", resource);
      @id("people") forbid(principal is Subject, action == Action::"open_mandate", resource == Agent::"b");`;
    expect(analyse(text).kinds).toEqual(["unreachable-tool s/send"]);
  });

  it("says what it cannot decide, instead of a finding", () => {
    const text = `${READS}
      @id("never") forbid(principal, action == Action::"call_tool", resource)
        when { context has args && context.args has to && context.args.to like "a*" && context.args.to like "b*" };
      @id("mail") permit(principal, action == Action::"call_tool", resource == Tool::"s/send")
        when { context has args && context.args has to && context.args.to like "*@x*" && context.args.to like "a*" };`;
    const { kinds, undecided } = analyse(text);
    expect(kinds).toEqual([]);
    expect(undecided.map(({ kind, about }) => `${kind} ${about}`).sort()).toEqual([
      "never-true mail",
      "never-true never",
      "unreachable-tool s/send",
    ]);
  });
});
