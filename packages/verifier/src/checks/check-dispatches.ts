import { bytesCommitment, openedMember, redact, type SealedOpening } from "@narrowgate/contracts";
import {
  canonicalJson,
  equalBytes,
  fromBase64url,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  utf8,
} from "@narrowgate/kernel";
import { absentPart, type Entry, type Evidence, entriesOf, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { isJsonObject, textsOf } from "../json-object.ts";
import type { SignedArguments } from "./check-possession.ts";

const maxDispatchBytes = 64 * 1024 * 1024;

/** The opened bytes when they are what the leaf commits to. */
function openBytes(
  evidence: Evidence,
  content: SealedOpening | undefined,
  digest: string,
): Uint8Array | undefined {
  const bytes = openedMember(content, "bytes");
  const salt = openedMember(content, "bytes_salt");
  if (typeof bytes !== "string" || typeof salt !== "string") return undefined;
  const decoded = fromBase64url(bytes);
  return bytesCommitment(evidence.crypto.sha256, salt, decoded) === digest ? decoded : undefined;
}

/** What a permit was given on. */
interface Decided {
  readonly request: JsonObject;
  /** Pointers to arguments that policies demand to be taken away; undefined where it was not decided again. */
  readonly demanded: readonly string[] | undefined;
}

/** What was decided on as the arguments; no arguments are as good as empty ones. */
function argumentsOf({ context }: JsonObject): JsonValue {
  return (isJsonObject(context) ? context.args : undefined) ?? {};
}

/**
 * The arguments without what the permit demands to be taken away (E-32); undefined where the record of that is not
 * opened and the decision was not made again.
 */
function argumentsToSend(
  evidence: Evidence,
  decision: string,
  { request, demanded }: Decided,
): JsonValue | undefined {
  const args = argumentsOf(request);
  const { openings } = entryOf(evidence, decision, "decision") ?? {};
  const obligations = openedMember(openings?.content, "obligations");
  const recorded = isJsonObject(obligations) ? textsOf(obligations.redact_arguments) : [];
  const pointers = openings?.content === undefined ? demanded : recorded;
  if (pointers === undefined) return undefined;
  return isJsonObject(args) ? redact(args, pointers) : args;
}

/** The forwarded message asks for exactly what was decided on. */
function messageFault(bytes: Uint8Array, call: JsonObject, args: JsonValue | undefined): string | undefined {
  const message = parseStrictJson(bytes, { maxBytes: maxDispatchBytes });
  if (!equalBytes(utf8(canonicalJson(message)), bytes)) return "the forwarded bytes are not canonical";
  const params = isJsonObject(message) && isJsonObject(message.params) ? message.params : {};
  const name = call.kind === "resource" ? params.uri : params.name;
  if (name !== call.name) return "something else was forwarded than was decided on";
  if (call.kind === "resource" || args === undefined) return undefined;
  const same = canonicalJson(params.arguments ?? {}) === canonicalJson(args);
  return same ? undefined : "other arguments were forwarded than were decided on";
}

function checkOne(
  evidence: Evidence,
  findings: Findings,
  { leaf, openings }: Entry<"dispatch">,
  decided: Decided | undefined,
): void {
  const bytes = openBytes(evidence, openings.content, leaf.body.digest);
  if (bytes === undefined) {
    findings.fail("E-11", "the opened bytes are not those that were forwarded", leaf.id);
    return;
  }
  const call = decided?.request.call;
  if (decided === undefined || !isJsonObject(call)) {
    findings.mark(leaf.id, { status: "claimed" });
    return;
  }
  const args = argumentsToSend(evidence, leaf.body.decision, decided);
  const fault = messageFault(bytes, call, args);
  if (fault !== undefined) findings.fail("E-11", fault, leaf.id);
  else
    findings.mark(leaf.id, { status: args === undefined && call.kind !== "resource" ? "claimed" : "proven" });
}

/** The body that the agent's key signed asks for what was decided on. */
function signedBodyFault({ openings }: Entry<"decision">, request: JsonObject): string | undefined {
  const asked = openedMember(openings.content, "request");
  const body = isJsonObject(asked) ? asked.body : undefined;
  if (typeof body !== "string" || !isJsonObject(request.call)) return undefined;
  const message = parseStrictJson(body, { maxBytes: maxDispatchBytes });
  const params = isJsonObject(message) && isJsonObject(message.params) ? message.params : {};
  const name = request.call.kind === "resource" ? params.uri : params.name;
  const same = canonicalJson(params.arguments ?? {}) === canonicalJson(argumentsOf(request));
  return same && name === request.call.name
    ? undefined
    : "the agent signed another request than was decided on";
}

/**
 * Compares what an agent's key signed with what was decided on.
 * @param signed - decisions whose proof covers the opened request body
 * @see docs/spec/evidence.md E-20
 */
export function checkSignedArguments(
  evidence: Evidence,
  findings: Findings,
  of: { readonly requests: ReadonlyMap<string, JsonObject>; readonly signed: SignedArguments },
): void {
  for (const entry of entriesOf(evidence, "decision")) {
    const { id } = entry.leaf;
    const request = of.requests.get(id);
    if (request === undefined || !of.signed.has(id)) continue;
    const fault = findings.attempt("E-20", id, () => signedBodyFault(entry, request));
    if (fault !== undefined) findings.fail("E-20", fault, id);
  }
}

function checkOutcome(evidence: Evidence, findings: Findings, { leaf, openings }: Entry<"outcome">): void {
  const { digest } = leaf.body;
  const isOpened = openedMember(openings.content, "bytes") !== undefined;
  if (isOpened && (digest === undefined || openBytes(evidence, openings.content, digest) === undefined)) {
    findings.fail("E-11", "the opened answer is not the one on record", leaf.id);
  }
  // What came back is the word of the gate about an upstream that signs nothing.
  findings.mark(leaf.id, { status: "claimed" });
}

/**
 * Compares what was forwarded with what was decided on, byte for byte in canonical form.
 * @param of - rebuilt requests by decision leaf id, and pointers to what those made again demand to be taken away
 * @see docs/spec/evidence.md section 4 (`dispatch`), E-11
 */
export function checkDispatches(
  evidence: Evidence,
  findings: Findings,
  of: {
    readonly requests: ReadonlyMap<string, JsonObject>;
    readonly redactions: ReadonlyMap<string, readonly string[]>;
  },
): void {
  for (const entry of entriesOf(evidence, "dispatch")) {
    const { id, body } = entry.leaf;
    const absent = absentPart(evidence, entry, ["content"]);
    if (absent !== undefined) findings.mark(id, { status: absent });
    else {
      const request = of.requests.get(body.decision);
      const decided = request && { request, demanded: of.redactions.get(body.decision) };
      findings.attempt("E-11", id, () => checkOne(evidence, findings, entry, decided));
    }
  }
  for (const entry of entriesOf(evidence, "outcome")) {
    findings.attempt("E-11", entry.leaf.id, () => checkOutcome(evidence, findings, entry));
  }
}
