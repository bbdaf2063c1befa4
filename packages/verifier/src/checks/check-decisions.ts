import { formatAuthority, parseAuthority } from "@narrowgate/authority";
import {
  type InputItem,
  type InputOpening,
  openedMember,
  rebuildRequest,
  valueAt,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import type { CompiledPolicies } from "@narrowgate/policy";
import { absentPart, type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { procedureFault } from "../procedures.ts";
import { type Expected, isBeyondRecord, Recomputer } from "../recompute.ts";
import type { DecisionCounts, ProvenanceCounts } from "../report.ts";
import type { TokenFacts } from "../token-facts.ts";
import { Overlays, type OverlaysOf } from "./check-overlays.ts";
import { type PolicyInForce, policyAt, readPolicies } from "./check-policies.ts";
import { DerivedInputs } from "./derived-inputs.ts";

/** What recomputing gave: counts, and the requests that other checks compare effects with. */
export interface DecisionFindings {
  readonly decisions: DecisionCounts;
  readonly provenance: ProvenanceCounts;
  /** Rebuilt requests by decision leaf id. */
  readonly requests: ReadonlyMap<string, JsonObject>;
  /** What policies demand to be taken out of the arguments, by leaf id of the decisions that were made again. */
  readonly redactions: ReadonlyMap<string, readonly string[]>;
  /** Every policy leaf, and what of it compiles. */
  readonly policies: readonly PolicyInForce[];
}

/** Refusals that authority, pin or policy can give; every other code refuses on other grounds (E-17). */
const recomputable: ReadonlySet<string> = new Set([
  "authority_exceeded",
  "tool_changed",
  "outside_intent",
  "label_exceeded",
  "tier_exceeded",
  "approval_required",
  "policy_denied",
  "policy_context_invalid",
]);

/** Refusals that follow on what policy allowed (E-17). */
const afterPolicy: ReadonlySet<string> = new Set(["insufficient_scope", "cap_spent"]);

const maxKept = 10_000;

type Outcome = keyof DecisionCounts | "failed";

class DecisionCheck {
  readonly requests: Map<string, JsonObject> = new Map();
  readonly redactions: Map<string, readonly string[]> = new Map();
  readonly provenance: { derived: number; signed: number; gate: number } = { derived: 0, signed: 0, gate: 0 };
  readonly #evidence: Evidence;
  readonly #findings: Findings;
  readonly #tokens: TokenFacts;
  readonly policies: readonly PolicyInForce[];
  readonly #isProduction: boolean;
  readonly #derived: DerivedInputs;
  readonly #authorities: Map<string, boolean> = new Map();
  readonly #recomputers: Map<CompiledPolicies, Map<string, Recomputer>> = new Map();
  readonly #overlays: Overlays;

  constructor(evidence: Evidence, findings: Findings, tokens: TokenFacts) {
    this.#evidence = evidence;
    this.#findings = findings;
    this.#tokens = tokens;
    this.policies = readPolicies(evidence, findings);
    this.#isProduction = entriesOf(evidence, "genesis")[0]?.leaf.body.environment === "prod";
    this.#derived = new DerivedInputs(evidence);
    this.#overlays = new Overlays(evidence, findings);
  }

  check(entry: Entry<"decision">): Outcome {
    const { body, id } = entry.leaf;
    const inForce = policyAt(this.policies, entry, this.#isProduction);
    if (inForce === undefined) return this.#fail(entry, "no policy leaf stands before the decision");
    if (inForce.digest !== body.policy)
      return this.#fail(entry, "the decision names other policies than those in force");
    const inputs = this.#inputs(entry);
    if (inputs === "failed") return inputs;
    if (body.code !== undefined && !recomputable.has(body.code) && !afterPolicy.has(body.code)) {
      return this.#refusedEarly(entry);
    }
    if (inputs === undefined) return this.#withoutInputs(entry);
    const request = rebuildRequest(inputs);
    this.requests.set(id, request);
    if (this.#lacksLabels(entry, request))
      return this.#fail(entry, "the decision did not know the labels it needs", "E-29");
    return this.#recompute(entry, inForce, { inputs, request });
  }

  #recompute(
    entry: Entry<"decision">,
    inForce: PolicyInForce,
    { inputs, request }: { readonly inputs: readonly InputOpening[]; readonly request: JsonObject },
  ): Outcome {
    const { body } = entry.leaf;
    const over = this.#overlays.of(entry, inputs, inForce);
    if (over.kind === "fault") return this.#fail(entry, over.message, "E-37");
    const fault = procedureFault(body.procedure, this.#evidence.engine, this.#evidence.trust?.procedures);
    if (fault !== undefined) this.#findings.note(`a decision was not recomputed: ${fault}`);
    if (fault !== undefined) return this.#leave(entry, "claimed");
    if (inForce.compiled === undefined) return this.#leave(entry, inForce.absent ?? "missing");
    if (over.kind === "absent") return this.#leave(entry, over.why);
    const expected = this.#recomputer(inForce.compiled, over).decide(inputs, () => request);
    this.redactions.set(entry.leaf.id, expected.obligations?.redact_arguments ?? []);
    return isBeyondRecord(body.code, request)
      ? this.#compareBeyond(entry, expected)
      : this.#compare(entry, expected);
  }

  /** The inputs when all are disclosed, after their provenance; undefined when they are not all here. */
  #inputs(entry: Entry<"decision">): readonly InputOpening[] | undefined | "failed" {
    const items = entry.openings.inputs;
    if (items === undefined) return undefined;
    const opened = items.filter(isOpened);
    const call = opened.find(({ path }) => path === "/call")?.value;
    for (const input of opened) {
      const fault = this.#provenanceFault(entry, input);
      if (fault !== undefined) return this.#fail(entry, `${shown(input.path)} ${fault}`, "E-9");
      const derived = this.#derived.compare(entry, input, call);
      if (derived === "different")
        return this.#fail(entry, `${shown(input.path)} is not what its leaf says`, derivedRule(input));
      // What is said to follow from a leaf, and cannot be seen to, is the gate's word.
      const isClaim = input.from.by === "derived" && derived === "unknown";
      this.provenance[isClaim ? "gate" : input.from.by]++;
    }
    return opened.length === items.length ? opened : undefined;
  }

  /** A call knows what its answer carries; whatever policy is asked about knows what was read before. */
  #lacksLabels(entry: Entry<"decision">, request: JsonObject): boolean {
    // What another system asks about is no call of ours, and nothing flows (E-35).
    if (entry.leaf.body.action === "evaluate") return false;
    const ofCall = request.call === undefined ? [] : ["declared"];
    const ofStore = this.#derived.hasStore(entry, request.call) ? ["store"] : [];
    return ["transaction", "instance", ...ofCall, ...ofStore].some(
      (name) => valueAt(request, `/labels/${name}`) === undefined,
    );
  }

  #provenanceFault(entry: Entry<"decision">, { from, path, value }: InputOpening): string | undefined {
    if (from.by === "signed" && openedMember(entry.openings.proof, from.part) === undefined) {
      const isHere = absentPart(this.#evidence, entry, ["proof"]) === undefined;
      if (isHere) return "is said to be signed in a part that is not there";
    }
    if (from.by === "derived") {
      const source = this.#evidence.byId.get(from.entry);
      if (source === undefined || source.index >= entry.index)
        return "derives from no earlier leaf of the bundle";
    }
    return path === "/authority" ? this.#authorityFault(entry, value) : undefined;
  }

  /** Whatever its provenance says, the authority decided on is that of the token presented. */
  #authorityFault({ leaf }: Entry<"decision">, value: JsonValue): string | undefined {
    const token = this.#tokens.get(leaf.body.token ?? "");
    if (token === undefined) return undefined;
    // A token is presented many times, so its authority is compared once per text.
    const text = `${token.claims.jti}${JSON.stringify(value)}`;
    const known = this.#authorities.get(text);
    const same =
      known ??
      canonicalJson(formatAuthority(parseAuthority(value))) === canonicalJson(formatAuthority(token.granted));
    if (this.#authorities.size < maxKept) this.#authorities.set(text, same);
    return same ? undefined : "is not what the presented token allows";
  }

  #recomputer(compiled: CompiledPolicies, over: OverlaysOf): Recomputer {
    const known = this.#recomputers.get(compiled) ?? new Map<string, Recomputer>();
    this.#recomputers.set(compiled, known);
    const [key, overlay] = over.kind === "forbids" ? [over.key, over.policies] : [""];
    const recomputer = known.get(key) ?? new Recomputer(compiled, overlay);
    known.set(key, recomputer);
    return recomputer;
  }

  #compare(entry: Entry<"decision">, expected: Expected): Outcome {
    const { verdict, code } = entry.leaf.body;
    if (expected.verdict !== verdict)
      return this.#fail(entry, `recomputed: ${expected.verdict}, on record: ${verdict}`);
    if (expected.code !== code) return this.#fail(entry, `recomputed: ${expected.code}, on record: ${code}`);
    if (!namesPolicies(entry, expected.policies)) {
      return this.#fail(entry, "recomputed with other policy ids than are on record");
    }
    const differs = differingContent(entry, expected);
    if (differs !== undefined)
      return this.#fail(entry, `recomputed with other ${differs} than are on record`, rules[differs]);
    this.#findings.mark(entry.leaf.id, { status: "proven" });
    return "recomputed";
  }

  /** Refused for what is not on record: all that is recomputed must have been passed. */
  #compareBeyond(entry: Entry<"decision">, expected: Expected): Outcome {
    const { code } = entry.leaf.body;
    if (expected.verdict !== "permit")
      return this.#fail(entry, `recomputed: ${expected.code}, on record: ${code}`);
    if (!namesPolicies(entry, [])) return this.#fail(entry, `a refusal ${code} names policies`);
    return this.#claimBeyond(entry);
  }

  #claimBeyond(entry: Entry<"decision">): Outcome {
    const what = entry.leaf.body.code === "cap_spent" ? "was left of the cap" : "scope was needed";
    this.#findings.remark(entry.leaf.id, `(what ${what} is as claimed by the gate)`);
    return this.#leave(entry, "claimed");
  }

  /** No inputs are here: they are erased or missing, or there never were any, which only a list may have. */
  #withoutInputs(entry: Entry<"decision">): Outcome {
    const { leaf } = entry;
    if (leaf.sealed?.inputs !== undefined) {
      return this.#leave(entry, absentPart(this.#evidence, entry, ["inputs"]) ?? "missing");
    }
    if (leaf.body.code !== undefined && afterPolicy.has(leaf.body.code)) return this.#claimBeyond(entry);
    if (leaf.body.action !== "list") return this.#fail(entry, "the decision seals no inputs");
    this.#findings.remark(leaf.id, "(no policy was asked: the answer is filtered by authority)");
    return this.#leave(entry, "claimed");
  }

  #refusedEarly({ leaf }: Entry<"decision">): Outcome {
    this.#findings.mark(leaf.id, { status: "claimed" });
    this.#findings.remark(leaf.id, "(refused before policy)");
    return "refusedBeforePolicy";
  }

  #leave({ leaf }: Entry<"decision">, status: "erased" | "missing" | "claimed"): Outcome {
    this.#findings.mark(leaf.id, { status });
    return "notRecomputed";
  }

  #fail(entry: Entry<"decision">, message: string, rule = "E-16"): "failed" {
    this.#findings.fail(rule, message, entry.leaf.id);
    return "failed";
  }
}

/** Whether the policy ids on record, where they are opened, are these. */
function namesPolicies({ openings }: Entry<"decision">, expected: readonly string[]): boolean {
  const policies = openedMember(openings.content, "policies");
  return policies === undefined || canonicalJson(policies) === canonicalJson(expected);
}

const rules = { requires: "E-31", obligations: "E-32" } as const;

/** What policies ask for beside the verdict, where it is opened, must be what they say. */
function differingContent(
  { openings }: Entry<"decision">,
  expected: Expected,
): keyof typeof rules | undefined {
  if (openings.content === undefined) return undefined;
  const { requires, obligations } = expected;
  const same = (name: string, value: JsonValue | undefined): boolean =>
    canonicalJson(openedMember(openings.content, name) ?? null) === canonicalJson(value ?? null);
  if (!same("requires", requires === undefined ? undefined : [...requires])) return "requires";
  return same("obligations", obligations === undefined ? undefined : { ...obligations })
    ? undefined
    : "obligations";
}

function derivedRule({ path }: InputOpening): string {
  return path.startsWith("/labels/") ? "E-29" : "E-28";
}

function isOpened(item: InputItem): item is InputOpening {
  return !("commitment" in item);
}

function shown(path: string): string {
  return path.slice(0, 80).replace(/[^\x20-\x7e]/g, "?");
}

/**
 * Decides every decision again whose inputs, policies and procedure are in hand.
 * @see docs/spec/evidence.md E-9, E-16, E-17, E-28
 */
export function checkDecisions(evidence: Evidence, findings: Findings, tokens: TokenFacts): DecisionFindings {
  const check = new DecisionCheck(evidence, findings, tokens);
  const decisions = { recomputed: 0, refusedBeforePolicy: 0, notRecomputed: 0 };
  for (const entry of entriesOf(evidence, "decision")) {
    const outcome = findings.attempt("E-16", entry.leaf.id, () => check.check(entry));
    if (outcome !== undefined && outcome !== "failed") decisions[outcome]++;
  }
  const { provenance, requests, redactions, policies } = check;
  return { decisions, provenance, requests, redactions, policies };
}
