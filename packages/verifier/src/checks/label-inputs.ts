import { BOTTOM_LABEL, type InputOpening, joinLabels, type Label, readLabel } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import { isJsonObject } from "../json-object.ts";
import type { Comparison } from "./comparison.ts";

type Decision = Entry<"decision">;
type LabelLeaf = Entry<"label">;

/** A registration of the server that is called, and what it says of the operation. */
export interface Registered {
  readonly entry: Entry<"registry">;
  readonly document: JsonObject;
  /** Null when it is not registered there, undefined where the document does not list its operations. */
  readonly operation: JsonObject | null | undefined;
}

/** Whether what an operation can answer is bounded, so that nothing of the store it read is in it. */
export function isSanitiser({ operation }: Pick<Registered, "operation">): boolean {
  return isJsonObject(operation) && operation.sanitisedOutput !== undefined;
}

/** Where a label must come from, and what it must be. */
interface Source {
  /** Leaf ids that may be named. */
  readonly entries: readonly string[];
  readonly label: Label;
}

function labelOf({ leaf }: LabelLeaf): Label {
  return { class: leaf.body.class, untrusted: leaf.body.untrusted };
}

/** A label of the registration; nobody's word on content means content of strangers. */
function saidOf(value: JsonValue | undefined): Label | undefined {
  if (!isJsonObject(value) || value.dataClass === undefined) return undefined;
  return readLabel({ class: value.dataClass, untrusted: value.untrusted ?? true }, "");
}

/**
 * Holds the labels a decision knew against the leaves they follow from: the newest of their state, or where it began.
 * @see docs/spec/evidence.md E-29
 */
export class LabelInputs {
  readonly #evidence: Evidence;
  readonly #leaves: ReadonlyMap<string, readonly LabelLeaf[]>;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#leaves = Map.groupBy(
      entriesOf(evidence, "label"),
      ({ leaf }) => `${leaf.body.state}/${leaf.body.ref}`,
    );
  }

  /** @param registered - registrations of the called server that count, newest first; empty where nothing is called */
  compare(
    decision: Decision,
    { path, value, from }: InputOpening,
    registered: readonly Registered[],
  ): Comparison {
    const sources = this.#sources(decision, path, registered);
    if (sources === undefined) return "unknown";
    const holds = sources.some(
      ({ entries, label }) =>
        from.by === "derived" &&
        entries.includes(from.entry) &&
        canonicalJson(label) === canonicalJson(value ?? null),
    );
    return holds ? "same" : "different";
  }

  #sources(
    decision: Decision,
    path: string,
    registered: readonly Registered[],
  ): readonly Source[] | undefined {
    const { txn, body } = decision.leaf;
    if (path === "/labels/transaction")
      return this.#state(decision, `transaction/${txn?.id}`, () => this.#opened(decision));
    if (path === "/labels/instance")
      return this.#state(decision, `instance/${body.instance}`, () => this.#attested(decision));
    if (registered.length === 0) return undefined;
    const said = registered.map((one) =>
      path === "/labels/declared" ? declared(one) : isSanitiser(one) ? undefined : this.#store(decision, one),
    );
    const known = said.filter((source) => source !== "unknown");
    return known.length < said.length ? undefined : known.filter((source) => source !== undefined);
  }

  #newest(decision: Decision, state: string): LabelLeaf | undefined {
    return this.#leaves.get(state)?.findLast(({ index }) => index < decision.index);
  }

  #state(
    decision: Decision,
    state: string,
    beginning: () => readonly string[] | undefined,
  ): readonly Source[] | undefined {
    const newest = this.#newest(decision, state);
    if (newest !== undefined) return [{ entries: [newest.leaf.id], label: labelOf(newest) }];
    const entries = beginning();
    return entries === undefined ? undefined : [{ entries, label: BOTTOM_LABEL }];
  }

  #opened({ index, leaf }: Decision): readonly string[] {
    return entriesOf(this.#evidence, "mandate")
      .filter(
        (entry) =>
          entry.index < index &&
          entry.leaf.body.action === "opened" &&
          entry.leaf.body.mandate === leaf.body.mandate,
      )
      .map((entry) => entry.leaf.id);
  }

  /** An instance that nothing in hand attests began, for all we know, with the task. */
  #attested(decision: Decision): readonly string[] {
    const attested = entriesOf(this.#evidence, "attestation").filter(
      ({ index, leaf: { body } }) =>
        index < decision.index &&
        body.verdict === "accepted" &&
        body.instance === decision.leaf.body.instance,
    );
    return attested.length === 0 ? this.#opened(decision) : attested.map(({ leaf }) => leaf.id);
  }

  #store(decision: Decision, { entry, document }: Registered): Source | "unknown" | undefined {
    const said = saidOf(document.store);
    if (said === undefined) return undefined;
    const risen = this.#newest(decision, `store/${entry.leaf.body.ref}`);
    const isRisen = !said.untrusted && risen !== undefined;
    return {
      entries: [isRisen ? risen.leaf.id : entry.leaf.id],
      label: isRisen ? { class: said.class, untrusted: risen.leaf.body.untrusted } : said,
    };
  }
}

/** What the answer of the operation carries at least: its own label, joined with that of the store it reads. */
function declared({ entry, document, operation }: Registered): Source | "unknown" | undefined {
  if (operation === undefined) return "unknown";
  const own = operation === null ? undefined : saidOf(operation);
  if (own === undefined) return operation === null ? undefined : "unknown";
  const store = isSanitiser({ operation }) ? undefined : saidOf(document.store);
  return { entries: [entry.leaf.id], label: joinLabels(own, store ?? BOTTOM_LABEL) };
}
