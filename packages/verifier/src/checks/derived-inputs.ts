import { type InputOpening, openedMember } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import { isJsonObject } from "../json-object.ts";
import type { Comparison } from "./comparison.ts";
import { isSanitiser, LabelInputs, type Registered } from "./label-inputs.ts";

type Registration = Entry<"registry">;
type Decision = Entry<"decision">;

// A request that began under one registration may be decided under the next.
const overlapMs = 60_000;

/** Inputs that only stand where something is called. */
const ofCalls = /^\/(?:approvals|authority|call|labels|pin)(?:\/|$)/;

const listsOf: Readonly<Record<string, string>> = {
  tool: "tools",
  Tool: "tools",
  prompt: "prompts",
  Prompt: "prompts",
  resource: "resources",
  Resource: "resources",
};

function documentOf({ openings }: Entry): JsonObject | undefined {
  const document = openedMember(openings.content, "document");
  return isJsonObject(document) ? document : undefined;
}

/** Compares what is known; members the document does not have say nothing. */
function compareMembers(value: JsonObject, known: JsonObject, names: readonly string[]): Comparison {
  const shared = names.filter((name) => known[name] !== undefined && value[name] !== undefined);
  if (shared.length === 0) return "unknown";
  return shared.every((name) => known[name] === value[name]) ? "same" : "different";
}

/** All must agree; one that differs decides. */
function all(found: readonly Comparison[]): Comparison {
  if (found.includes("different")) return "different";
  return found.length === 0 || found.includes("unknown") ? "unknown" : "same";
}

/** The operation a call or an entity is about, in the document of its server; null when it is not registered there. */
function operationOf(document: JsonObject, kind: string, name: string): JsonObject | null | undefined {
  const list = document[listsOf[kind] ?? ""];
  if (!Array.isArray(list)) return undefined;
  let found: JsonObject | null = null;
  for (const item of list.filter(isJsonObject)) {
    const prefix = String(item.name);
    const fits = name === prefix || (kind === "resource" && name.startsWith(prefix));
    if (fits && prefix.length >= String(found?.name ?? "").length) found = item;
  }
  return found;
}

function compareOperation(
  document: JsonObject,
  [kind, name]: readonly [string, string],
  value: JsonObject,
): Comparison {
  const operation = operationOf(document, kind, name);
  if (operation === null) return "different";
  if (operation === undefined) return "unknown";
  return compareMembers(value, operation, ["dataClass", "effect", "egress", "scope", "amount"]);
}

/**
 * Compares inputs of decisions with the leaves they follow from, whatever provenance they claim.
 * TRUST: inputs and openings are the bundle's; the leaves commit to both.
 * @see docs/spec/evidence.md E-28
 */
export class DerivedInputs {
  readonly #agents: Map<string, Registration[]> = new Map();
  readonly #servers: Map<string, Registration[]> = new Map();
  readonly #mandates: Map<string, Entry<"mandate">> = new Map();
  readonly #labels: LabelInputs;

  constructor(evidence: Evidence) {
    this.#labels = new LabelInputs(evidence);
    for (const entry of entriesOf(evidence, "registry")) {
      const { kind, ref } = entry.leaf.body;
      if (kind === "agent") append(this.#agents, ref, entry);
      if (kind === "server") append(this.#servers, String(documentOf(entry)?.id), entry);
    }
    for (const entry of entriesOf(evidence, "mandate")) {
      if (entry.leaf.body.action === "opened") this.#mandates.set(entry.leaf.body.mandate, entry);
    }
  }

  /** @param call - the opened input `/call`; undefined where nothing is called */
  compare(decision: Decision, input: InputOpening, call: JsonValue | undefined): Comparison {
    const { leaf } = decision;
    const { path, value } = input;
    if (leaf.body.action === "evaluate") return this.#compareEvaluation(decision, path, value);
    const mandate = this.#mandates.get(leaf.body.mandate ?? "");
    switch (path) {
      case "/context/mandate":
        return this.#compareMandate(mandate, value);
      case "/context/intent":
        return compareIntent(mandate, value);
      case "/context/entitlements":
        return compareEntitlements(mandate, value);
      case "/context/basis":
        return sameAs(mandate?.leaf.body.basis, value);
      case "/context/instance":
        return sameAs(leaf.body.instance, value);
      case "/context/txn":
        return sameAs(leaf.txn?.id, value);
      case "/principal":
        return this.#withAgent(decision, (document) =>
          isJsonObject(value) ? sameAs(document.id, value.id) : "unknown",
        );
      case "/call":
        return isJsonObject(value) ? this.#compareCall(decision, value) : "unknown";
      case "/entities":
        return Array.isArray(value)
          ? all(value.filter(isJsonObject).map((entity) => this.#compareEntity(decision, entity)))
          : "unknown";
      case "/labels/transaction":
      case "/labels/instance":
        return this.#labels.compare(decision, input, []);
      case "/labels/declared":
      case "/labels/store":
        return this.#labels.compare(decision, input, this.#called(decision, call));
      default:
        return "unknown";
    }
  }

  /** Whether every registration of the called server that counts has a store. */
  hasStore(decision: Decision, call: JsonValue | undefined): boolean {
    const called = this.#called(decision, call);
    return called.length > 0 && called.every((one) => isJsonObject(one.document.store) && !isSanitiser(one));
  }

  /** Registrations of the called server that count, newest first; empty where one of them is not disclosed. */
  #called(decision: Decision, call: JsonValue | undefined): readonly Registered[] {
    if (!isJsonObject(call)) return [];
    const found = inForce(this.#servers.get(String(call.server)), decision).map((entry) => {
      const document = documentOf(entry);
      if (document === undefined) return undefined;
      return { entry, document, operation: operationOf(document, String(call.kind), String(call.name)) };
    });
    const known = found.filter((one) => one !== undefined);
    return known.length === found.length ? known : [];
  }

  /** Somebody else's request: of it the log knows who asked. @see docs/spec/evidence.md E-35 */
  #compareEvaluation(decision: Decision, path: string, value: JsonValue): Comparison {
    if (ofCalls.test(path)) return "different";
    if (path !== "/context/caller" || !isJsonObject(value)) return "unknown";
    return this.#withAgent(decision, (document) => sameAs(document.id, value.id));
  }

  #compareMandate(mandate: Entry<"mandate"> | undefined, value: JsonValue): Comparison {
    const document = mandate && documentOf(mandate);
    return document !== undefined && isJsonObject(value)
      ? compareMembers(value, document, ["purpose"])
      : "unknown";
  }

  #compareCall(decision: Decision, value: JsonObject): Comparison {
    const { server, kind, name } = value;
    return this.#withServer(decision, String(server), (document) =>
      compareOperation(document, [String(kind), String(name)], value),
    );
  }

  #compareEntity(decision: Decision, { uid, attrs }: JsonObject): Comparison {
    if (!isJsonObject(uid) || !isJsonObject(attrs)) return "unknown";
    const type = String(uid.type);
    const id = String(uid.id);
    if (type === "Server") return "same";
    if (type === "Agent") {
      return this.#withAgent(decision, (document) =>
        // Another agent than the one that asks is the target of a hand-off.
        document.id === id ? compareMembers(attrs, document, ["owner", "purpose", "tier"]) : "unknown",
      );
    }
    const slash = id.indexOf("/");
    return this.#withServer(decision, id.slice(0, slash), (document) =>
      compareOperation(document, [type, id.slice(slash + 1)], attrs),
    );
  }

  #withAgent(decision: Decision, compare: (document: JsonObject) => Comparison): Comparison {
    return compareInForce(this.#agents.get(decision.leaf.agent?.id ?? ""), decision, compare);
  }

  #withServer(decision: Decision, id: string, compare: (document: JsonObject) => Comparison): Comparison {
    return compareInForce(this.#servers.get(id), decision, compare);
  }
}

/** What the mandate declares, as policies read it (E-33). */
function compareIntent(mandate: Entry<"mandate"> | undefined, value: JsonValue): Comparison {
  const document = mandate && documentOf(mandate);
  if (document === undefined) return "unknown";
  const intent = isJsonObject(document.intent) ? document.intent : undefined;
  const known = {
    case: intent?.case ?? "",
    declared: intent !== undefined,
    resources: intent?.resources ?? [],
    tools: intent?.tools ?? [],
  };
  return canonicalJson(known) === canonicalJson(value) ? "same" : "different";
}

/** What the person is entitled to by, as the mandate was opened; absent is none. */
function compareEntitlements(mandate: Entry<"mandate"> | undefined, value: JsonValue): Comparison {
  if (mandate?.openings.content === undefined) return "unknown";
  const groups = openedMember(mandate.openings.content, "groups") ?? [];
  return canonicalJson({ groups }) === canonicalJson(value) ? "same" : "different";
}

function append(map: Map<string, Registration[]>, key: string, entry: Registration): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [entry]);
  else known.push(entry);
}

function sameAs(known: JsonValue | undefined, value: JsonValue | undefined): Comparison {
  if (known === undefined || value === undefined) return "unknown";
  return known === value ? "same" : "different";
}

/** The newest registration before the decision, and the one before it while both may be in use. */
function inForce(
  registrations: readonly Registration[] | undefined,
  { index, leaf }: Decision,
): readonly Registration[] {
  const before = (registrations ?? []).filter((entry) => entry.index < index);
  const newest = before.at(-1);
  if (newest === undefined) return [];
  const isRecent = newest.leaf.at > leaf.at - overlapMs && newest.leaf.body.action !== "created";
  return isRecent ? before.slice(-2).reverse() : [newest];
}

/** Compares with the registrations in force: one that agrees is enough, one that is not disclosed leaves it open. */
function compareInForce(
  registrations: readonly Registration[] | undefined,
  decision: Decision,
  compare: (document: JsonObject) => Comparison,
): Comparison {
  for (const entry of inForce(registrations, decision)) {
    const document = documentOf(entry);
    const found = document === undefined ? "unknown" : compare(document);
    if (found !== "different") return found;
  }
  return inForce(registrations, decision).length === 0 ? "unknown" : "different";
}
