import {
  type Declassification,
  isAtMost,
  joinLabels,
  type Label,
  openedMember,
  valueAt,
} from "@narrowgate/contracts";
import {
  canonicalJson,
  fromBase64url,
  type JsonObject,
  parseStrictJson,
  toSha256Text,
} from "@narrowgate/kernel";
import { type Entry, type Evidence, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { type RequestLabels, readRequest } from "../read-request.ts";
import type { GivenApproval, GivenApprovals } from "./check-approvals.ts";
import { isEligible } from "./check-approved-calls.ts";

type LabelLeaf = Entry<"label">;
type Decision = Entry<"decision">;

/** What the check of a falling label looks at. */
export interface FallSource {
  readonly evidence: Evidence;
  readonly findings: Findings;
  readonly given: GivenApprovals;
  /** Rebuilt requests by decision leaf id. */
  readonly requests: ReadonlyMap<string, JsonObject>;
}

/** What is known of one fall; `undefined` parts are not disclosed. */
interface Fall {
  readonly leaf: LabelLeaf;
  readonly given: GivenApproval;
  readonly asked: Declassification;
  readonly decision: Decision;
  readonly request: JsonObject;
  readonly labels: RequestLabels;
}

const same = (a: Label, b: Label): boolean => isAtMost(a, b) && isAtMost(b, a);
const ANSWER = { maxBytes: 1024 * 1024 };

/** The label, its state and what stood before are what was signed. */
function signedFault({ leaf, asked, given, decision }: Fall, before: Label): string | undefined {
  const { state, ref } = leaf.leaf.body;
  const isOwn =
    (state === "transaction" && ref === asked.txn && asked.txn === leaf.leaf.txn?.id) ||
    (state === "instance" && ref === asked.instance);
  if (!isOwn) return "what was signed is about another state";
  if (!same(leaf.leaf.body, asked.to)) return "it falls to something else than was signed";
  if (!same(before, asked.from)) return "it falls from something else than was signed";
  const { instance } = decision.leaf.body;
  if (instance !== asked.instance || given.requested.leaf.body.decision !== decision.leaf.id)
    return "what was signed is about the answer of another call";
  return undefined;
}

/** Each signature that is asked for stands before, by a person of its own who may sign. */
function signersFault(
  { evidence, given: all }: FallSource,
  { leaf, given, decision, request }: Fall,
): string | undefined {
  const { approval } = given.entry.leaf.body;
  const signed = [...all.values()].filter(
    ({ entry }) => entry.leaf.body.approval === approval && entry.index < leaf.index,
  );
  const requires = [...(given.requested.leaf.body.requires ?? [])].sort();
  const held = signed.map(({ requirement }) => requirement).sort();
  if (canonicalJson(requires) !== canonicalJson(held)) return "not everybody who has to has signed";
  if (new Set(signed.map(({ person }) => person)).size < signed.length)
    return "one person stands for two signatures";
  return signed.every((one) => isEligible(evidence, one, decision, request))
    ? undefined
    : "who is served, or answers for the agent, signed";
}

/** What was signed is the answer of that call, byte for byte. */
function answerFault(
  { evidence }: FallSource,
  { asked, given, decision, request }: Fall,
): string | undefined {
  const outcome = entryOf(evidence, asked.outcome, "outcome");
  if (outcome === undefined || outcome.index >= given.requested.index)
    return "what was signed is about no earlier answer";
  if (outcome.leaf.body.decision !== decision.leaf.id) return "what was signed is about another answer";
  const pairs: readonly (readonly [string, unknown])[] = [
    [asked.server, valueAt(request, "/call/server")],
    [asked.kind, valueAt(request, "/call/kind")],
    [asked.name, valueAt(request, "/call/name")],
    [asked.agent, valueAt(request, "/principal/id")],
    [asked.subject, valueAt(request, "/context/subject/id")],
    [asked.mandate, decision.leaf.body.mandate],
  ];
  if (pairs.some(([own, known]) => own !== known)) return "what was signed is about another call";
  const bytes = openedMember(outcome.openings.content, "bytes");
  if (typeof bytes !== "string") return undefined;
  const exact = fromBase64url(bytes);
  if (toSha256Text(evidence.crypto.sha256(exact)) !== asked.bytes)
    return "what was signed is about other bytes than were answered";
  return canonicalJson(parseStrictJson(exact, ANSWER)) === canonicalJson(asked.answer)
    ? undefined
    : "what was shown is not what was answered";
}

/** Whether a leaf between the call and the fall says that the state may hold something beside the answer. */
function saysMore({ leaf }: Entry, { asked, decision }: Fall): boolean {
  if (leaf.type === "decision") {
    const { action, verdict, instance } = leaf.body;
    const isEither = leaf.txn?.id === asked.txn || instance === asked.instance;
    return isEither && action === "call" && verdict === "permit";
  }
  if (leaf.type !== "label") return false;
  const { state, ref, because } = leaf.body;
  const isEither =
    (state === "transaction" && ref === asked.txn) || (state === "instance" && ref === asked.instance);
  return isEither && because !== decision.leaf.id && because !== asked.outcome;
}

function readFault({ evidence }: FallSource, fall: Fall): string | undefined {
  const { asked, decision, labels, leaf, given } = fall;
  if (!isAtMost(joinLabels(labels.transaction, labels.instance), asked.to))
    return "it falls below what was carried before the answer";
  // The group of the last signature lowers both states; each of its leaves is judged by what stands before the group.
  const between = evidence.entries.filter(
    ({ index, leaf: { type, body } }) =>
      index > decision.index &&
      index < leaf.index &&
      !(type === "label" && body.because === given.entry.leaf.id),
  );
  return between.some((entry) => saysMore(entry, fall))
    ? "something else was read since the answer"
    : undefined;
}

/** Whether each leaf of the agent between the call and the fall is in hand: then nothing was read in another task. */
function isWhole({ evidence }: FallSource, { decision, leaf }: Fall): boolean {
  const [first, last] = [decision.leaf.agent?.seq ?? 0, leaf.leaf.agent?.seq ?? 0];
  const own = evidence.entries.filter(
    ({ leaf: { agent } }) =>
      agent?.id === leaf.leaf.agent?.id && (agent?.seq ?? -1) >= first && (agent?.seq ?? -1) <= last,
  );
  return own.length === last - first + 1;
}

function readFall(
  { evidence, given: all, requests }: FallSource,
  leaf: LabelLeaf,
): Fall | string | undefined {
  const given = all.get(leaf.leaf.body.because);
  if (
    given === undefined ||
    given.requested.leaf.body.kind !== "declassify" ||
    given.entry.index >= leaf.index
  )
    return "a label falls, and nobody signed for it";
  const decision = entryOf(evidence, given.requested.leaf.body.decision ?? "", "decision");
  if (decision === undefined) return "a label falls for the answer of no decision";
  const request = requests.get(decision.leaf.id);
  if (given.matter?.kind !== "declassify" || request === undefined) return undefined;
  const { asked } = given.matter;
  const { labels } = readRequest(request);
  return labels === undefined ? undefined : { leaf, given, asked, decision, request, labels };
}

/**
 * Checks a label of this transaction that falls: people signed for exactly this, about the exact bytes of the last answer.
 * @param before - what the state carried
 * @see docs/spec/evidence.md E-29; docs/spec/approval.md section 5
 */
export function checkFall(source: FallSource, leaf: LabelLeaf, before: Label): void {
  const { findings } = source;
  const { id, body } = leaf.leaf;
  const fall = readFall(source, leaf);
  if (fall === undefined) {
    findings.mark(id, { status: "claimed" });
    findings.remark(id, "(what was signed for is not disclosed)");
    return;
  }
  if (typeof fall === "string") {
    findings.fail("E-29", fall, id);
    return;
  }
  const fault =
    signedFault(fall, before) ??
    signersFault(source, fall) ??
    answerFault(source, fall) ??
    readFault(source, fall);
  if (fault !== undefined) findings.fail("E-29", fault, id);
  findings.mark(id, findings.markOf(body.because) ?? { status: "claimed" });
  if (isWhole(source, fall)) return;
  findings.mark(id, { status: "claimed" });
  findings.remark(id, "(that the agent read nothing in other tasks meanwhile is the gate's word)");
}
