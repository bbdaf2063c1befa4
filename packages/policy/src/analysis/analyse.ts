import type { World } from "../cases/world.ts";
import type { CompiledPolicies } from "../compiled-policies.ts";
import type { DecisionRequest, PolicyDecision } from "../decision.ts";
import { unreadApprovals } from "./approvals-read.ts";
import { type Cases, casesOf, type Triple, triplesOf } from "./case-space.ts";
import { type PathUse, pathUses } from "./path-uses.ts";

/** What can be wrong with policies that compile. */
export type FindingKind =
  /** Its condition holds in no case. */
  | "never-true"
  /** It holds in some case, and taking it away changes no verdict in any. */
  | "shadowed"
  /** A permit all of whose cases are denied by forbids. */
  | "contradictory"
  /** A forbid that asks for a signature and goes on refusing when it is there. */
  | "approval-unread"
  /** A tool that no registered agent is allowed to call in any case. */
  | "unreachable-tool"
  /** A permit that holds only for calls outside the ceiling of every agent it names. */
  | "wider-than-ceiling"
  /** A call with egress is allowed after confidential data and untrusted content were read. */
  | "egress-ignores-labels";

/** One thing found. */
export interface Finding {
  readonly kind: FindingKind;
  /** Id of the policy, or of the tool, `server/name`. */
  readonly about: string;
  readonly message: string;
}

/** A question that the cases at hand do not decide. */
export interface Undecided {
  readonly kind: FindingKind;
  readonly about: string;
  readonly why: string;
}

/** What analysis found, what it could not decide, and how far it looked. */
export interface Analysis {
  readonly findings: readonly Finding[];
  readonly undecided: readonly Undecided[];
  readonly cases: number;
  readonly all: boolean;
}

/** Whether the ceiling of an agent holds an operation, by the ids of both. */
export type Reaches = (agent: string, operation: { readonly type: string; readonly id: string }) => boolean;

/** What analysis looks at beside the policies. */
export interface Surroundings {
  readonly world: World;
  readonly reaches: Reaches;
}

/** Requests decided for one analysis, at most. */
export const MAX_ANALYSED = 100_000;

interface PolicyFacts {
  /** Holds in some case. */
  holds: boolean;
  /** Makes a difference in some case. */
  matters: boolean;
  /** A permit that allowed in some case. */
  allows: boolean;
  /** Holds for a call that the ceiling of the agent reaches, or for something no ceiling speaks of. */
  reached: boolean;
  /** Every case there is was looked at. */
  complete: boolean;
}

interface ToolFacts {
  allowed: boolean;
  complete: boolean;
}

interface Look {
  readonly slice: readonly string[];
  readonly tools: readonly ToolFacts[];
  readonly isReached: boolean;
}

const calls: ReadonlySet<string> = new Set(["call_tool", "read_resource", "get_prompt"]);

class Analyst {
  readonly #policies: CompiledPolicies;
  readonly #around: Surroundings;
  readonly #facts: Map<string, PolicyFacts>;
  readonly #alone: Map<string, CompiledPolicies>;
  readonly #without: Map<string, CompiledPolicies>;
  readonly #tools: Map<string, ToolFacts> = new Map();
  readonly #leaks: Map<string, string> = new Map();
  #spent = 0;
  #stopped = false;

  constructor(policies: CompiledPolicies, around: Surroundings) {
    this.#policies = policies;
    this.#around = around;
    const inside = policies.inside();
    const ids = policies.ids();
    const subset = (keep: (id: string) => boolean): CompiledPolicies =>
      inside.subset(new Set(ids.filter(keep)));
    this.#facts = new Map(
      ids.map((id) => [id, { holds: false, matters: false, allows: false, reached: false, complete: true }]),
    );
    this.#alone = new Map(ids.map((id) => [id, subset((other) => other === id)]));
    this.#without = new Map(ids.map((id) => [id, subset((other) => other !== id)]));
  }

  analyse(): Analysis {
    for (const triple of triplesOf(this.#policies, this.#around.world)) this.#look(triple);
    return {
      findings: [
        ...this.#policyFindings(),
        ...this.#approvalFindings(),
        ...this.#toolFindings(),
        ...this.#leakFindings(),
      ],
      undecided: this.#undecided(),
      cases: this.#spent,
      all: !this.#stopped,
    };
  }

  #look(triple: Triple): void {
    const slice = this.#sliceOf(triple);
    const uses = withLabels(pathUses(this.#policies, slice), triple);
    const cases = this.#bounded(casesOf(this.#policies, uses, triple, this.#around.world));
    const tools = this.#toolsOf(triple, cases.complete);
    const isReached = this.#isReached(triple);
    for (const request of cases.requests) this.#decide(request, triple, { slice, tools, isReached });
    for (const id of slice) {
      const facts = this.#facts.get(id);
      if (facts !== undefined && !cases.complete) facts.complete = false;
    }
  }

  /** What no ceiling speaks of is taken as reached. */
  #isReached({ action, principals, resources }: Triple): boolean {
    if (!calls.has(action.id)) return true;
    return principals.some(({ id }) => resources.some((resource) => this.#around.reaches(id, resource)));
  }

  #sliceOf(triple: Triple): readonly string[] {
    const [request] = casesOf(this.#policies, [], triple, this.#around.world).requests;
    return request === undefined ? [] : this.#policies.sliceFor(request).policyIds;
  }

  #bounded({ requests, complete }: Cases): Cases {
    const left = MAX_ANALYSED - this.#spent;
    const taken = requests.slice(0, left);
    if (taken.length < requests.length) this.#stopped = true;
    this.#spent += taken.length;
    return { requests: taken, complete: complete && taken.length === requests.length };
  }

  #toolsOf({ action, resources }: Triple, complete: boolean): readonly ToolFacts[] {
    if (!calls.has(action.id)) return [];
    return resources.map(({ id }) => {
      const known = this.#tools.get(id) ?? { allowed: false, complete: true };
      this.#tools.set(id, known);
      if (!complete) known.complete = false;
      return known;
    });
  }

  #decide(request: DecisionRequest, triple: Triple, { slice, tools, isReached }: Look): void {
    const decision = this.#policies.decide(request);
    if (decision.verdict === "allow") {
      for (const tool of tools) tool.allowed = true;
      const isOut = isLeak(request);
      for (const { id } of isOut ? triple.resources : []) this.#leaks.set(id, decision.policies.join(", "));
    }
    for (const id of slice) this.#learn(id, request, decision, isReached);
  }

  #learn(id: string, request: DecisionRequest, decision: PolicyDecision, isReached: boolean): void {
    const facts = this.#facts.get(id);
    const alone = this.#alone.get(id)?.decide(request);
    if (facts === undefined || alone === undefined || !alone.policies.includes(id)) return;
    facts.holds = true;
    facts.reached ||= isReached;
    facts.allows ||= decision.verdict === "allow" && decision.policies.includes(id);
    facts.matters ||= differs(decision, this.#without.get(id)?.decide(request));
  }

  #policyFindings(): readonly Finding[] {
    const effects = new Map(this.#policies.inside().policies.map(({ id, effect }) => [id, effect]));
    return [...this.#facts].flatMap(([about, facts]): Finding[] => {
      if (!facts.complete) return [];
      if (!facts.holds)
        return [{ kind: "never-true", about, message: "its scope and condition hold in no case" }];
      const isPermit = effects.get(about) === "permit";
      const found: Finding[] = [];
      if (isPermit && !facts.allows)
        found.push({ kind: "contradictory", about, message: "whatever it permits, other policies deny" });
      else if (!facts.matters)
        found.push({ kind: "shadowed", about, message: "without it every verdict would be the same" });
      if (isPermit && !facts.reached)
        found.push({
          kind: "wider-than-ceiling",
          about,
          message: "no ceiling of an agent reaches what it permits",
        });
      return found;
    });
  }

  #approvalFindings(): readonly Finding[] {
    return unreadApprovals(this.#policies).map(({ id, asks }): Finding => {
      const look = asks.map((one) => `context.approvals.contains("${one}")`).join(" && ");
      const message = `what is signed is refused all the same: add unless { ${look} }`;
      return { kind: "approval-unread", about: id, message };
    });
  }

  #toolFindings(): readonly Finding[] {
    return [...this.#tools].flatMap(([about, { allowed, complete }]): Finding[] =>
      allowed || !complete
        ? []
        : [
            {
              kind: "unreachable-tool",
              about,
              message: "no policy lets a registered agent use it in any case",
            },
          ],
    );
  }

  #leakFindings(): readonly Finding[] {
    return [...this.#leaks].map(
      ([about, by]): Finding => ({
        kind: "egress-ignores-labels",
        about,
        message: `allowed by ${by} after confidential data and untrusted content were read`,
      }),
    );
  }

  #undecided(): readonly Undecided[] {
    const why = this.#stopped
      ? "there are more cases than are looked at"
      : "a condition tells apart more values than can be listed";
    const ofPolicies = [...this.#facts].flatMap(([about, facts]): Undecided[] => {
      if (facts.complete) return [];
      if (!facts.holds) return [{ kind: "never-true", about, why }];
      return facts.matters ? [] : [{ kind: "shadowed", about, why }];
    });
    const ofTools = [...this.#tools].flatMap(([about, { allowed, complete }]): Undecided[] =>
      allowed || complete ? [] : [{ kind: "unreachable-tool", about, why }],
    );
    return [...ofPolicies, ...ofTools];
  }
}

/** Whether anybody who is answered by one of these would notice the other. */
function differs(a: PolicyDecision, b: PolicyDecision | undefined): boolean {
  const seen = (one: PolicyDecision): string =>
    JSON.stringify([one.verdict, one.code, one.requires ?? [], one.obligations ?? {}]);
  return b !== undefined && seen(a) !== seen(b);
}

/** Labels vary in every call, whether policies look at them or not: that they do not is what is asked. */
function withLabels(uses: readonly PathUse[], { action }: Triple): readonly PathUse[] {
  if (!calls.has(action.id)) return uses;
  const wanted: readonly PathUse["path"][] = [
    ["context", "labels", "rank"],
    ["context", "labels", "untrusted"],
  ];
  const known = new Set(uses.map(({ path }) => path.join(".")));
  const missing = wanted.filter((path) => !known.has(path.join(".")));
  return [
    ...uses,
    ...missing.map((path) => ({ path, texts: new Set<string>(), numbers: new Set<number>(), opaque: false })),
  ];
}

function isLeak({ context, entities, resource }: DecisionRequest): boolean {
  const entity = entities.find(({ uid }) => uid.type === resource.type && uid.id === resource.id);
  const labels = Object(context.labels);
  return entity?.attrs.egress === true && labels.untrusted === true && labels.rank >= 2;
}

/**
 * Looks for policies that do nothing, contradict each other or reach too far. Cedar decides each case; what is ours is only
 * which cases there are. A finding holds for the registry as it is; what the cases do not decide is said to be undecided.
 * @see docs/design/policy.md, Analysis
 */
export function analysePolicies(policies: CompiledPolicies, around: Surroundings): Analysis {
  return new Analyst(policies, around).analyse();
}
