import { type ApprovedAction, openedMember, plainName, valueAt } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { isJsonObject, textsOf } from "../json-object.ts";
import type { GivenApproval, GivenApprovals } from "./check-approvals.ts";

type Decision = Entry<"decision">;

function entityOf(request: JsonObject, uid: JsonValue | undefined): JsonObject {
  const { entities } = request;
  const wanted = canonicalJson(uid ?? null);
  const found = Array.isArray(entities)
    ? entities.find((item) => isJsonObject(item) && canonicalJson(item.uid ?? null) === wanted)
    : undefined;
  return isJsonObject(found) ? found : {};
}

/** What of an action must equal the call it is used for; the nonce is the request's own. */
function differs(action: ApprovedAction, { leaf }: Decision, request: JsonObject): string | undefined {
  const attrs = valueAt(entityOf(request, request.resource), "/attrs") ?? {};
  const pairs: readonly (readonly [string, JsonValue, JsonValue | undefined])[] = [
    ["txn", action.txn, leaf.txn?.id],
    ["mandate", action.mandate, leaf.body.mandate],
    ["subject", action.subject, valueAt(request, "/context/subject/id")],
    ["actors", [...new Set(action.actors)].sort(), valueAt(request, "/context/actors")],
    ["actors", action.actors[0] ?? action.agent, valueAt(request, "/context/actor_root")],
    ["agent", action.agent, valueAt(request, "/principal/id")],
    ["server", action.server, valueAt(request, "/call/server")],
    ["kind", action.kind, valueAt(request, "/call/kind")],
    ["name", action.name, valueAt(request, "/call/name")],
    ["arguments", action.arguments, valueAt(request, "/context/args") ?? {}],
    ["pin", action.pin, valueAt(request, "/pin/approved")],
    ["data class", action.data_class, valueAt(request, "/call/dataClass")],
    ["effect", action.effect, valueAt(attrs, "/effect")],
    ["egress", action.egress, valueAt(attrs, "/egress")],
  ];
  return pairs.find(([, own, known]) => canonicalJson(own) !== canonicalJson(known ?? null))?.[0];
}

/** Owner and deputy of the agent, as it is registered. */
function answeringFor(evidence: Evidence, { leaf, index }: Decision): readonly JsonValue[] {
  const registration = entriesOf(evidence, "registry").findLast(
    (entry) =>
      entry.index < index && entry.leaf.body.kind === "agent" && entry.leaf.body.ref === leaf.agent?.id,
  );
  const document = openedMember(registration?.openings.content, "document");
  return isJsonObject(document) ? [document.owner ?? null, document.deputy ?? null] : [];
}

/**
 * Whether somebody may sign about a call: who asks, for whom, and who answers for the agent do not.
 * @param request - the rebuilt request of the decision
 */
export function isEligible(
  evidence: Evidence,
  { names, person }: GivenApproval,
  entry: Decision,
  request: JsonObject,
): boolean {
  const agent = entityOf(request, request.principal);
  const barred = [
    valueAt(request, "/context/subject/id"),
    valueAt(agent, "/attrs/owner"),
    ...answeringFor(evidence, entry),
  ];
  const own = new Set([person, ...names].map(plainName));
  // Who consented on the gate's own page is the subject by her ref there: `<issuer>#<ref>`.
  const isHers = (name: string): boolean => own.has(plainName(name)) || name.endsWith(`#${person}`);
  return !barred.some((name) => typeof name === "string" && isHers(name));
}

/** Follows approvals into the decisions that rest on them. */
class ApprovedCalls {
  readonly #evidence: Evidence;
  readonly #findings: Findings;
  readonly #given: GivenApprovals;
  readonly #taken: Map<string, string> = new Map();

  constructor(evidence: Evidence, findings: Findings, given: GivenApprovals) {
    this.#evidence = evidence;
    this.#findings = findings;
    this.#given = given;
  }

  check(entry: Decision, request: JsonObject): void {
    const listed = Array.isArray(request.approvals) ? request.approvals.filter(isJsonObject) : [];
    const requirements = listed.map(({ requirement }) => String(requirement)).sort();
    const known = textsOf(valueAt(request, "/context/approvals"));
    if (entry.leaf.body.action === "call" && canonicalJson(requirements) !== canonicalJson([...known]))
      this.#fail(entry, "/context/approvals is not what /approvals names");
    const people = new Set<string>();
    for (const { entry: id, requirement } of listed) {
      const given = this.#given.get(String(id));
      const wrong = this.#fault(entry, request, given, String(requirement)) ?? this.#twice(entry, String(id));
      if (wrong !== undefined) this.#fail(entry, wrong);
      const signer = `${given?.person}/${String(requirement).split("#")[0]}`;
      if (people.has(signer)) this.#fail(entry, "one person stands for two signatures of one role");
      people.add(signer);
    }
  }

  #fault(
    entry: Decision,
    request: JsonObject,
    given: GivenApproval | undefined,
    requirement: string,
  ): string | undefined {
    if (given === undefined || given.entry.index >= entry.index)
      return "it names an approval that was not given before";
    if (given.requested.leaf.body.kind !== "call") return "the approval is not for a call";
    if (given.requirement !== requirement) return "the approval is for another role";
    if (given.notAfterMs < entry.leaf.at || (given.endedAt ?? entry.index) < entry.index)
      return "the approval had ended";
    const wrong = given.matter?.kind === "call" ? differs(given.matter.action, entry, request) : undefined;
    if (wrong !== undefined) return `the approval is for another call: its ${wrong} differs`;
    return isEligible(this.#evidence, given, entry, request)
      ? undefined
      : "who asks, or answers for the agent, approved the call";
  }

  #twice(entry: Decision, id: string): string | undefined {
    if (entry.leaf.body.verdict !== "permit") return undefined;
    const before = this.#taken.get(id);
    this.#taken.set(id, entry.leaf.id);
    return before === undefined ? undefined : "the approval was used for another permit before";
  }

  #fail(entry: Decision, message: string): void {
    this.#findings.fail("E-31", message, entry.leaf.id);
  }
}

/**
 * Holds each decision against the approvals it rests on: the same call, still in force, used once, by the right people.
 * @param requests - rebuilt requests by decision leaf id
 * @see docs/spec/evidence.md E-31
 */
export function checkApprovedCalls(
  evidence: Evidence,
  findings: Findings,
  { given, requests }: { readonly given: GivenApprovals; readonly requests: ReadonlyMap<string, JsonObject> },
): void {
  const calls = new ApprovedCalls(evidence, findings, given);
  for (const entry of entriesOf(evidence, "decision")) {
    const request = requests.get(entry.leaf.id);
    if (request !== undefined) findings.attempt("E-31", entry.leaf.id, () => calls.check(entry, request));
  }
}
