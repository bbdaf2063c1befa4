/** Decisions with full context on one core, built as the gate builds them, by any of 100,000 agents. */
import type { AgentRecord } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import {
  type CompiledPolicies,
  compilePolicies,
  type DecisionRequest,
  schemaFromRegistry,
} from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { buildRequest } from "../../packages/server/src/decisions/build-request.ts";
import { type CallQuestion, createCallDecider } from "../../packages/server/src/decisions/index.ts";
import { createStableInputs } from "../../packages/server/src/decisions/stable-inputs.ts";
import { stableAttributes } from "../../packages/server/src/evidence/inputs.ts";
import { clock, nothingKnown, question } from "../../packages/server/test/decisions/call-question.ts";
import { answerParent } from "../processes/answer-parent.ts";
import { median } from "../results.ts";
import { repeatsOfTour } from "./tour-traffic.ts";

const AGENTS = 100_000;
/** Agents that call, again and again. */
const AT_WORK = 500;
/** Decisions whose CPU is read at once: a process counts whole microseconds. */
const AT_ONCE = 50;

/** Rules for all: what a house has beside those that name an agent. */
const HOUSE = `
@id("read") permit (principal is Agent, action == Action::"call_tool", resource)
  when { resource.effect == "read" && principal.tier == "T2" && context.depth < 4 };
@id("no-secret") forbid (principal, action == Action::"call_tool", resource) when { resource.dataClass == "secret" };
@id("no-egress-after-untrusted") forbid (principal, action == Action::"call_tool", resource)
  when { resource.egress && context.labels.untrusted && context.labels.rank > 1 };
@id("four-eyes") @approval("approver#1") forbid (principal, action == Action::"call_tool", resource)
  when { resource.effect == "irreversible" } unless { context.approvals.contains("approver#1") };
@id("declared") forbid (principal, action == Action::"call_tool", resource)
  when { resource.effect != "read" && !context.intent.declared };
@id("spend") forbid (principal, action == Action::"call_tool", resource)
  when { resource.effect != "read" && context.spent.amount > 100000 };
@id("no-private") forbid (principal, action == Action::"call_tool", resource)
  when { context has args && context.args has path && context.args.path like "/private/*" };
@id("known") forbid (principal, action, resource) when { context.assurance == "none" };
`;
const HOUSE_RULES = HOUSE.split("@id(").length - 1;

const engine = createNodeEngine();
const { schema } = schemaFromRegistry({
  tools: [
    {
      server: "files",
      name: "read",
      inputSchema: { type: "object", properties: { path: { type: "string" } } },
    },
  ],
});

function compile(count: number): CompiledPolicies {
  const own = Array.from({ length: count - HOUSE_RULES }, (_, i) => {
    const scope = `principal == Agent::"agent-${i}", action == Action::"call_tool", resource in Server::"files"`;
    return `@id("own-${i}") forbid (${scope}) when { context has args && context.args has path && context.args.path like "/of/${i + 1}/*" };`;
  });
  const files = [{ name: "bench.cedar", text: HOUSE + own.join("\n") }];
  const outcome = compilePolicies(engine, { files, schema });
  if (outcome.kind === "rejected") throw new TypeError(JSON.stringify(outcome.problems.slice(0, 3)));
  return outcome.policies;
}

const template = question();
const agents: readonly AgentRecord[] = Array.from({ length: AGENTS }, (_, i) => ({
  ...template.agent,
  id: `agent-${i}`,
  ref: randomId(),
}));

/** A call of its own by one of the agents at work: every other one by one that a policy names, the others by any. */
function questionOf(i: number, policies: number): CallQuestion {
  const named = policies - HOUSE_RULES;
  const turn = Math.floor(i / 2) % (AT_WORK / 2);
  const index = i % 2 === 0 ? Math.floor((turn * named) / (AT_WORK / 2)) : AGENTS - 1 - turn * 7;
  const agent = agents[index] ?? template.agent;
  return question({ question: { agent, arguments: { path: `/tickets/${i}` } } });
}

/** CPU of one run in microseconds: the median over stretches. */
function cpuUsOf<T>(items: readonly T[], run: (item: T) => { readonly verdict: string }): number {
  const samples: number[] = [];
  for (let at = 0; at + AT_ONCE <= items.length; at += AT_ONCE) {
    const before = process.cpuUsage();
    for (const item of items.slice(at, at + AT_ONCE)) {
      const { verdict } = run(item);
      if (verdict !== "allow" && verdict !== "permit") throw new Error(`decided ${verdict}`);
    }
    const { user, system } = process.cpuUsage(before);
    samples.push((user + system) / AT_ONCE);
  }
  return median(samples);
}

/** CPU per decision in microseconds, and how many policies were looked at. */
export interface Decided {
  readonly policies: number;
  /** Fewest and most policies of one slice. */
  readonly slices: readonly [number, number];
  /** The first call of each agent at work: for it policies may have to be parsed together. */
  readonly firstUs: number;
  /** Of policy: projection, memo, and Cedar on a miss. */
  readonly hitUs: number;
  readonly missUs: number;
  /** With building the context, authority, pin and the rules beside policy. */
  readonly wholeHitUs: number;
  readonly wholeMissUs: number;
}

function requestsOf(questions: readonly CallQuestion[]): readonly DecisionRequest[] {
  const stable = createStableInputs("dev", stableAttributes);
  return questions.map((one) => buildRequest(one, nothingKnown, stable, clock.nowMs()).request);
}

function measure(policies: number, count: number): Decided {
  const questions = Array.from({ length: AT_WORK + count }, (_, i) => questionOf(i, policies));
  const firsts = requestsOf(questions.splice(0, AT_WORK));
  const requests = requestsOf(questions);
  const [alone, whole] = [compile(policies), compile(policies)];
  const decider = createCallDecider(
    {
      clock,
      env: "dev",
      policies: () => ({ compiled: whole, procedure: engine.procedureDigest, overlays: [] }),
      flow: { labels: () => nothingKnown.labels, spent: () => nothingKnown.spent },
      approvals: { held: () => nothingKnown.approvals },
    },
    stableAttributes,
  );
  const sizes = requests.map((request) => alone.sliceFor(request).policyIds.length);
  const decide = (request: DecisionRequest) => alone.decide(request);
  const decideWhole = (one: CallQuestion) => decider.decide(one);
  for (const request of firsts) whole.decide(request);
  return {
    policies,
    slices: [Math.min(...sizes), Math.max(...sizes)],
    firstUs: cpuUsOf(firsts, decide),
    missUs: cpuUsOf(requests, decide),
    hitUs: cpuUsOf(requests, decide),
    wholeMissUs: cpuUsOf(questions, decideWhole),
    wholeHitUs: cpuUsOf(questions, decideWhole),
  };
}

const api = {
  /** Decides `count` different calls, then the same again. */
  decide: ({ policies, count }: { readonly policies: number; readonly count: number }): Decided =>
    measure(policies, count),
  /** How many decisions of a tour are made once for several. */
  tour: () => repeatsOfTour(engine),
};

/** What the bench asks of this process. */
export type DeciderApi = typeof api;
answerParent(api);
