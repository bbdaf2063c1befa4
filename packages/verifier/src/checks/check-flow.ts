import {
  amountOf,
  BOTTOM_LABEL,
  isAtMost,
  joinLabels,
  type Label,
  labelInContext,
  valueAt,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import { type Entry, type Evidence, isEntryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { isJsonObject } from "../json-object.ts";
import { type RequestLabels, readRequest } from "../read-request.ts";
import { checkFall, type FallSource } from "./check-declassified.ts";

type Decision = Entry<"decision">;
type LabelLeaf = Entry<"label">;

function labelOf({ leaf }: LabelLeaf): Label {
  return { class: leaf.body.class, untrusted: leaf.body.untrusted };
}

/**
 * Follows labels and sums through one transaction.
 * @see docs/spec/evidence.md E-29, E-30
 */
class FlowCheck {
  readonly #evidence: Evidence;
  readonly #findings: Findings;
  readonly #requests: ReadonlyMap<string, JsonObject>;
  readonly #source: FallSource;
  /** What transaction and instances carry at least, by the permits so far. */
  readonly #carried: Map<string, Label> = new Map();
  /** Newest `label` leaf of each state so far. */
  readonly #newest: Map<string, LabelLeaf> = new Map();
  /** Permits that brought content of strangers into a store which had none, before their leaf is seen. */
  readonly #tainting: Set<Decision> = new Set();
  #calls = 0;
  #rows = 0;
  #amount: number | undefined = 0;

  constructor(source: FallSource) {
    this.#evidence = source.evidence;
    this.#findings = source.findings;
    this.#requests = source.requests;
    this.#source = source;
  }

  follow(entry: Entry): void {
    const { leaf } = entry;
    const isOwn = leaf.txn?.id === this.#evidence.bundle.txn;
    if (isEntryOf(entry, "label")) this.#label(entry, isOwn);
    if (!isOwn) return;
    if (leaf.type === "outcome") this.#rows += leaf.body.rows ?? 0;
    if (isEntryOf(entry, "decision")) this.#decision(entry);
  }

  /** A label rises, and names a leaf that stands before it; it falls where people signed for that alone. */
  #label(entry: LabelLeaf, isOwn: boolean): void {
    const { state, ref, because } = entry.leaf.body;
    const name = `${state}/${ref}`;
    const before = this.#newest.get(name);
    const cause = this.#evidence.byId.get(because);
    const { id } = entry.leaf;
    if (isOwn && (cause === undefined || cause.index >= entry.index))
      this.#findings.fail("E-29", "a label names no earlier leaf as its cause", id);
    if (before !== undefined && !isAtMost(labelOf(before), labelOf(entry))) this.#falls(entry, before, isOwn);
    if (state === "store" && cause !== undefined && isEntryOf(cause, "decision"))
      this.#tainting.delete(cause);
    this.#newest.set(name, entry);
  }

  #falls(entry: LabelLeaf, before: LabelLeaf, isOwn: boolean): void {
    const { id, body } = entry.leaf;
    if (isOwn) {
      checkFall(this.#source, entry, labelOf(before));
      if (body.state !== "store") this.#carried.set(`${body.state}/${body.ref}`, labelOf(entry));
    } else if (mayHaveFallen(this.#evidence, entry)) {
      this.#findings.mark(id, { status: "claimed" });
      this.#findings.note(
        "a label fell in another transaction; who signed for it is in the proof of that one",
      );
    } else this.#findings.fail("E-29", "a label falls", id);
  }

  /** What the last permits showed is on record too: their label leaves stand in the same group. */
  end(): void {
    for (const [state, carried] of this.#carried) {
      if (state.startsWith("store/")) continue;
      const newest = this.#newest.get(state);
      const known = newest === undefined ? BOTTOM_LABEL : labelOf(newest);
      if (!isAtMost(carried, known))
        this.#findings.fail("E-29", `no leaf says what the ${kindOf(state)} was shown`, newest?.leaf.id);
    }
    for (const entry of this.#tainting) this.#fail(entry, "no leaf says what was written to the store");
  }

  #decision(entry: Decision): void {
    const request = this.#requests.get(entry.leaf.id);
    const isPermit = entry.leaf.body.verdict === "permit";
    const { action } = entry.leaf.body;
    if (action === "evaluate") return;
    const isCall = action === "call";
    if (request === undefined) {
      if (isPermit && isCall) this.#unseen();
      return;
    }
    const read = this.#findings.attempt("E-16", entry.leaf.id, () => readRequest(request));
    if (read === undefined) return;
    const { labels, call } = read;
    if (labels === undefined) {
      this.#fail(entry, "the decision knew no labels");
      return;
    }
    this.#checkLabels(entry, labels, request);
    if (call === undefined || !isCall) return;
    this.#checkSpent(entry, request);
    if (!isPermit) return;
    this.#raise(entry, labels);
    this.#calls++;
    const moved = amountOf(call.amount, argumentsOf(request));
    this.#amount = moved === undefined || this.#amount === undefined ? undefined : this.#amount + moved;
  }

  /** A permit whose inputs are not here: nobody can count what it moved. */
  #unseen(): void {
    this.#calls++;
    this.#amount = undefined;
  }

  #checkLabels(entry: Decision, labels: RequestLabels, { context }: JsonObject): void {
    const joined = canonicalJson(labelInContext(joinLabels(labels.transaction, labels.instance)));
    const shown = isJsonObject(context) ? canonicalJson(context.labels ?? null) : "";
    if (joined !== shown) this.#fail(entry, "/context/labels is not the join of transaction and instance");
    this.#checkState(entry, `transaction/${entry.leaf.txn?.id}`, labels.transaction);
    this.#checkState(entry, `instance/${entry.leaf.body.instance}`, labels.instance);
    this.#checkStore(entry, labels);
  }

  /** That it follows from the newest leaf of its state is compared with the inputs. */
  #checkState(entry: Decision, state: string, label: Label): void {
    if (!isAtMost(this.#carried.get(state) ?? BOTTOM_LABEL, label))
      this.#fail(entry, `the ${kindOf(state)} carries less than it was shown before`);
  }

  /** What the store holds was never less than a write of this transaction made it. */
  #checkStore(entry: Decision, { store }: RequestLabels): void {
    if (store === undefined) return;
    const server = serverOf(this.#requests.get(entry.leaf.id));
    if (!isAtMost(this.#carried.get(`store/${server}`) ?? BOTTOM_LABEL, store))
      this.#fail(entry, "the store carries less than was written to it before");
  }

  #raise(entry: Decision, { transaction, instance, declared, store }: RequestLabels): void {
    const before = joinLabels(transaction, instance);
    const after = joinLabels(before, declared ?? BOTTOM_LABEL, store ?? BOTTOM_LABEL);
    this.#carried.set(`transaction/${entry.leaf.txn?.id}`, after);
    this.#carried.set(`instance/${entry.leaf.body.instance}`, after);
    const request = this.#requests.get(entry.leaf.id);
    if (store === undefined || !writes(request)) return;
    if (before.untrusted && !store.untrusted) this.#tainting.add(entry);
    this.#carried.set(`store/${serverOf(request)}`, {
      class: "public",
      untrusted: store.untrusted || before.untrusted,
    });
  }

  #checkSpent(entry: Decision, { context }: JsonObject): void {
    const spent = isJsonObject(context) ? context.spent : undefined;
    if (!isJsonObject(spent)) {
      this.#fail(entry, "the decision knew no sums", "E-30");
      return;
    }
    if (spent.calls !== this.#calls)
      this.#fail(entry, "/context/spent counts other calls than are on record", "E-30");
    if (this.#amount !== undefined && spent.amount !== this.#amount)
      this.#fail(entry, "/context/spent adds up to another amount than is on record", "E-30");
    if (spent.rows !== this.#rows)
      this.#fail(entry, "/context/spent counts other rows than are on record", "E-30");
  }

  #fail(entry: Decision, message: string, rule = "E-29"): void {
    this.#findings.fail(rule, message, entry.leaf.id);
  }
}

/** Whether a label of another transaction may have fallen there: an instance's, and nothing here speaks against it. */
function mayHaveFallen(evidence: Evidence, { leaf }: LabelLeaf): boolean {
  const cause = evidence.byId.get(leaf.body.because)?.leaf;
  const isSigned =
    cause === undefined ||
    (cause.type === "approval" && cause.body.kind === "declassify" && cause.txn?.id === leaf.txn?.id);
  return leaf.body.state === "instance" && leaf.txn !== undefined && isSigned;
}

function kindOf(state: string): string {
  return state.split("/")[0] ?? "";
}

function argumentsOf({ context }: JsonObject): JsonObject {
  const args = isJsonObject(context) ? context.args : undefined;
  return isJsonObject(args) ? args : {};
}

function serverOf(request: JsonObject | undefined): string {
  return String(valueAt(request ?? {}, "/call/server"));
}

/** Whether the operation leaves something in its store; what nobody declared does. */
function writes(request: JsonObject | undefined): boolean {
  const entities = request?.entities;
  const resource = canonicalJson(request?.resource ?? null);
  const entity = Array.isArray(entities)
    ? entities.find((item) => isJsonObject(item) && canonicalJson(item.uid ?? null) === resource)
    : undefined;
  return valueAt(entity ?? {}, "/attrs/effect") !== "read";
}

/**
 * Labels and sums of the transaction, followed from permit to permit in log order.
 * @param source - rebuilt requests by decision leaf id, and what people signed
 * @see docs/spec/evidence.md E-29, E-30
 */
export function checkFlow(source: FallSource): void {
  const { evidence, findings } = source;
  const check = new FlowCheck(source);
  for (const entry of evidence.entries) findings.attempt("E-29", entry.leaf.id, () => check.follow(entry));
  check.end();
}
