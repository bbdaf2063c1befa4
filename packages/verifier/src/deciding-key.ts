import { type InputAttribute, rebuildRequest, valueAt } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import type { CompiledPolicies } from "@narrowgate/policy";
import { isJsonObject } from "./json-object.ts";
import { readRequest } from "./read-request.ts";

/** A value of a request at its path; who vouches for it plays no part in what is decided. */
export type DecidedInput = Pick<InputAttribute, "path" | "value">;

/** What policies read below one member of the context: all of it, or what stands at these pointers. */
type MemberReads = "all" | readonly string[];
/** By member of the context; or all of it. */
type ContextReads = "all" | ReadonlyMap<string, MemberReads>;

interface Head {
  readonly id: number;
  readonly reads: ContextReads;
}

const context = "/context/";
/** What the rules beside policy look at (E-31, E-33, E-34, and the authority's constraints on arguments). */
const alwaysRead: ReadonlySet<string> = new Set(["approvals", "args", "intent"]);
const deeper = /[/~]/;
const maxHeads = 4096;

/**
 * What a check against any schema can see of a value that no policy reads: kinds and names, down to the leaves.
 * INVARIANT: two values with one outline both fit a schema, or neither does.
 */
function outline(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? "s" : "S";
    case "number":
      return Number.isSafeInteger(value) ? "i" : "n";
    case "boolean":
      return "b";
    default:
      return isJsonObject(value) ? outlineOfMembers(value) : outlineOfItems(value);
  }
}

function outlineOfMembers(value: JsonObject): string {
  let text = "{";
  for (const name of Object.keys(value)) text += `${JSON.stringify(name)}${outline(value[name] ?? null)}`;
  return `${text}}`;
}

function outlineOfItems(value: JsonValue): string {
  return Array.isArray(value) ? `[${value.map(outline).join("")}]` : "0";
}

function readsOf(pointers: "all" | readonly string[]): ContextReads {
  if (pointers === "all") return "all";
  const reads = new Map<string, MemberReads>();
  for (const pointer of pointers) {
    const [, member = "", ...below] = pointer.split("/");
    const before = reads.get(member) ?? [];
    const isWhole = below.length === 0 || before === "all";
    reads.set(member, isWhole ? "all" : [...before, `/${below.join("/")}`]);
  }
  return reads;
}

/** A text that stands for a whole value; a line of its own, since JSON holds no raw line break. */
function whole(path: string, value: JsonValue): string {
  return `${path.length}:${path}=${JSON.stringify(value)}\n`;
}

function part(path: string, value: JsonValue, pointers: readonly string[]): string {
  let text = `${path.length}:${path}~${outline(value)}`;
  for (const pointer of pointers) {
    const found = isJsonObject(value) ? valueAt(value, pointer) : undefined;
    text += `,${found === undefined ? "" : JSON.stringify(found)}`;
  }
  return `${text}\n`;
}

/** What counts of a member of the context. */
function readPart(path: string, value: JsonValue, reads: ContextReads): string {
  const member = path.slice(context.length);
  const read = reads === "all" || alwaysRead.has(member) ? "all" : (reads.get(member) ?? []);
  // A path that goes deeper, or is written with an escape, is compared as it stands.
  return read === "all" || deeper.test(member) ? whole(path, value) : part(path, value, read);
}

/**
 * One text for all requests that must be decided alike under one set of policies: everything but the context as it
 * stands, and of the context what the matching policies and the rules beside policy can read.
 * INVARIANT: which parts those are follows from the texts of the policies and from nothing in the bundle, so nobody can
 * make two requests share a decision that the policies would tell apart.
 */
export class DecidingKeys {
  readonly #policies: readonly CompiledPolicies[];
  readonly #heads: Map<string, Head> = new Map();
  #next = 0;

  /** @param policies - all that are asked about a request */
  constructor(...policies: readonly CompiledPolicies[]) {
    this.#policies = policies;
  }

  /** Never throws: what cannot be read at all is told apart from everything else. */
  keyOf(inputs: readonly DecidedInput[]): string {
    let start = "";
    for (const { path, value } of inputs) if (!path.startsWith(context)) start += whole(path, value);
    const { id, reads } = this.#head(start, inputs);
    let key = `${id}\n`;
    for (const { path, value } of inputs) if (path.startsWith(context)) key += readPart(path, value, reads);
    return key;
  }

  /** Principal, action, resource and entities choose the policies, and so what is read of the context. */
  #head(start: string, inputs: readonly DecidedInput[]): Head {
    const known = this.#heads.get(start);
    if (known !== undefined) return known;
    // A number is never given twice, so what was kept under a forgotten head is found by nobody.
    if (this.#heads.size >= maxHeads) this.#heads.clear();
    const head = { id: this.#next++, reads: this.#reads(inputs) };
    this.#heads.set(start, head);
    return head;
  }

  #reads(inputs: readonly DecidedInput[]): ContextReads {
    try {
      const { request } = readRequest(rebuildRequest(inputs));
      const read = this.#policies.map((policies) => policies.sliceFor(request).readSet.context);
      return readsOf(read.includes("all") ? "all" : read.flat());
    } catch (error) {
      // No policy can be asked about this one; others with the same head may be read as a whole, which is sound.
      if (isNarrowgateError(error)) return "all";
      throw error;
    }
  }
}
