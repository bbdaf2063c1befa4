import {
  joinLabels,
  type Label,
  type Leaf,
  type Openings,
  openedMember,
  readLabel,
  valueAt,
} from "@narrowgate/contracts";
import {
  fromBase64url,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
} from "@narrowgate/kernel";

/** An entry of the log with what could be opened of it. */
export interface LoggedEntry {
  readonly index: number;
  readonly leaf: Leaf;
  readonly openings: Openings;
}

/** An answer that a transaction was given, as the log says. */
export interface ReadAnswer {
  /** Leaf ids. */
  readonly outcome: string;
  readonly decision: string;
  /** Place of the permit in the log. */
  readonly index: number;
  readonly txn: string;
  readonly instance: string;
  readonly mandate: string;
  /** Agent ref. */
  readonly agentRef: string;
  readonly policy: string;
  readonly subject: string;
  readonly agent: string;
  readonly server: string;
  readonly kind: "tool" | "resource" | "prompt";
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly answer: JsonObject;
  /** What transaction and instance carried together before the call. */
  readonly before: Label;
}

const ANSWER = { maxBytes: 1024 * 1024 };

function refuse(why: string): never {
  throw new NarrowgateError("conflict", why);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bytesOf({ openings }: LoggedEntry): { readonly bytes: Uint8Array; readonly answer: JsonObject } {
  const kept = openedMember(openings.content, "bytes");
  if (typeof kept !== "string") refuse("the bytes of this answer were not kept, so nobody can look at them");
  const bytes = fromBase64url(kept);
  const answer = parseStrictJson(bytes, ANSWER);
  return isObject(answer) ? { bytes, answer } : refuse("this answer is no object");
}

function kindOf(value: JsonValue | undefined): ReadAnswer["kind"] {
  return value === "tool" || value === "resource" || value === "prompt"
    ? value
    : refuse("this was no call of a tool, a resource or a prompt");
}

function inputsOf({ openings }: LoggedEntry): ReadonlyMap<string, JsonValue> {
  const opened = (openings.inputs ?? []).filter((item) => "path" in item);
  return new Map(opened.map(({ path, value }) => [path, value]));
}

/**
 * Finds an answer in the entries of its transaction.
 * @throws NarrowgateError `not_found` when no outcome of it has that id; `conflict` when it cannot be declassified, and why
 */
export function readAnswer(entries: readonly LoggedEntry[], outcome: string): ReadAnswer {
  const ended = entries.find(({ leaf }) => leaf.id === outcome && leaf.type === "outcome");
  if (ended?.leaf.type !== "outcome")
    throw new NarrowgateError("not_found", "the transaction has no answer of that id");
  const named = ended.leaf.body.decision;
  const permit = entries.find(({ leaf }) => leaf.id === named);
  const leaf = permit?.leaf;
  if (permit === undefined || leaf?.type !== "decision" || leaf.body.action !== "call")
    return refuse("its call cannot be read any more");
  const inputs = inputsOf(permit);
  const text = (path: string, member: string): string => {
    const value = valueAt(inputs.get(path) ?? null, `/${member}`);
    return typeof value === "string" ? value : refuse("the inputs of its call cannot be read any more");
  };
  const { instance, mandate, policy } = leaf.body;
  if (instance === undefined || mandate === undefined || leaf.txn === undefined || leaf.agent === undefined)
    return refuse("its call belongs to no task");
  return {
    outcome,
    decision: leaf.id,
    index: permit.index,
    txn: leaf.txn.id,
    instance,
    mandate,
    agentRef: leaf.agent.id,
    policy,
    subject: text("/context/subject", "id"),
    agent: text("/principal", "id"),
    server: text("/call", "server"),
    kind: kindOf(valueAt(inputs.get("/call") ?? null, "/kind")),
    name: text("/call", "name"),
    ...bytesOf(ended),
    before: joinLabels(
      readLabel(inputs.get("/labels/transaction"), "/labels/transaction"),
      readLabel(inputs.get("/labels/instance"), "/labels/instance"),
    ),
  };
}

/**
 * Whether a leaf says that transaction or instance may hold something beside the answer: another permitted call of either
 * after this one, or a label that another call raised.
 */
export function saysMoreWasRead(
  answer: ReadAnswer,
  { index, leaf }: Pick<LoggedEntry, "index" | "leaf">,
): boolean {
  if (index <= answer.index) return false;
  if (leaf.type === "decision") {
    const { action, verdict, instance } = leaf.body;
    const isEither = leaf.txn?.id === answer.txn || instance === answer.instance;
    return isEither && action === "call" && verdict === "permit";
  }
  if (leaf.type !== "label") return false;
  const { state, ref, because } = leaf.body;
  const isEither =
    (state === "transaction" && ref === answer.txn) || (state === "instance" && ref === answer.instance);
  return isEither && because !== answer.decision && because !== answer.outcome;
}
