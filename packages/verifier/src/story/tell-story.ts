import { type Leaf, openedMember } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import type { SignedArguments } from "../checks/check-possession.ts";
import type { Entry, Evidence } from "../evidence.ts";
import type { Findings, Mark } from "../findings.ts";
import { isJsonObject } from "../json-object.ts";
import type { StoryLine } from "../report.ts";
import type { TokenFacts } from "../token-facts.ts";
import { cleanText } from "./clean-text.ts";
import { type RevocationSetting, revocationSetting, revocationWords } from "./revocation-words.ts";

/** What the story is told from. */
export interface StorySource {
  readonly evidence: Evidence;
  readonly findings: Findings;
  readonly tokens: TokenFacts;
  readonly requests: ReadonlyMap<string, JsonObject>;
  readonly signedArguments: SignedArguments;
}

/** The same, with what is looked up once for all lines. */
type ToldSource = StorySource & { readonly revocations: RevocationSetting };

type Words = readonly string[];

function textAt(value: JsonValue | undefined, name: string): string | undefined {
  const member = isJsonObject(value) ? value[name] : undefined;
  return typeof member === "string" ? cleanText(member) : undefined;
}

function mandateWords({ openings }: Entry, { basis, action }: Leaf<"mandate">["body"]): Words {
  const document = openedMember(openings.content, "document");
  if (action === "closed") return ["the task ended: its mandate was closed"];
  if (action === "expired") return ["the task ended: its mandate expired, or lay unused for too long"];
  const subject = textAt(document, "subject") ?? "somebody (not disclosed)";
  const agent = textAt(document, "agent") ?? "an agent (not disclosed)";
  const purpose = textAt(document, "purpose");
  const ways = {
    signed_by_subject: "signed",
    asserted_by_agent: "according to the agent",
    operator: "by an operator",
  };
  const what = purpose === undefined ? [] : [`to: ${purpose}`];
  // Without a person there is nobody who asked: the agent is its own subject.
  if (subject === `agent:${agent}`)
    return [
      basis === "operator" ? `an operator gave ${agent} a task` : `${agent} began a task of its own`,
      ...what,
    ];
  return [`${subject} asked ${agent} (${ways[basis]})`, ...what];
}

function chainWords({ leaf }: Entry, { mode }: Leaf<"token">["body"], tokens: TokenFacts): Words {
  const body = leaf.type === "token" ? leaf.body : undefined;
  const fact = tokens.get(body?.token ?? "");
  if (fact === undefined) return [`token (${mode})`];
  const chain: string[] = [];
  for (let act = fact.claims.act; act !== undefined; act = act.act) chain.unshift(cleanText(act.sub));
  const scope = cleanText(fact.claims.scope);
  return [
    `token (${mode}) for ${cleanText(fact.claims.aud)}:`,
    [cleanText(fact.claims.sub), ...chain].join(" -> "),
    `may ${scope}`,
  ];
}

function askedFor(source: StorySource, { leaf, openings }: Entry): string {
  const { call, context } = source.requests.get(leaf.id) ?? {};
  if (isJsonObject(call)) {
    const args =
      isJsonObject(context) && context.args !== undefined ? ` ${cleanText(canonicalJson(context.args))}` : "";
    return `${cleanText(String(call.server))}/${cleanText(String(call.name))}${args}`;
  }
  const request = openedMember(openings.content, "request");
  return textAt(request, "target") ?? textAt(request, "name") ?? "";
}

function decisionWords(source: StorySource, entry: Entry, body: Leaf<"decision">["body"]): Words {
  const policies = openedMember(entry.openings.content, "policies");
  const ids = Array.isArray(policies) ? policies.map((id: JsonValue) => cleanText(String(id))) : [];
  const verdict = body.verdict === "permit" ? "permitted" : `refused (${body.code})`;
  const isUse = body.action === "call" || body.action === "list" || body.action === "evaluate";
  const signer = source.signedArguments.has(entry.leaf.id)
    ? "arguments signed by the agent's key"
    : "arguments as claimed by the gate";
  return [
    `${body.action} ${askedFor(source, entry)}`.trimEnd(),
    `${verdict}${ids.length === 0 ? "" : ` by policy ${ids.join(", ")}`}`,
    ...(isUse ? [`(${signer})`] : []),
  ];
}

const whyWithdrawn = "the task ended, what it rested on was revoked, or the call was made without it";

function approvalWords({ action, kind, role }: Leaf<"approval">["body"]): Words {
  // Nobody but the gate says that it asked; what a person then answers bears her signature.
  if (action === "requested")
    return [
      kind === "declassify"
        ? "an operator asked people to give an answer free"
        : "the gate asked people to approve that call",
    ];
  const what = kind === "declassify" ? "giving an answer free was" : "approval";
  if (action === "withdrawn") return [`${what} withdrawn: ${whyWithdrawn}`];
  return [`${what} ${action}${role === undefined ? "" : ` by ${role}`}`];
}

/** What a leaf says, for a person. */
function wordsOf(source: ToldSource, entry: Entry): Words {
  const { leaf } = entry;
  switch (leaf.type) {
    case "mandate":
      return mandateWords(entry, leaf.body);
    case "token":
      return chainWords(entry, leaf.body, source.tokens);
    case "decision":
      return decisionWords(source, entry, leaf.body);
    case "dispatch":
      return ["exactly those bytes went to the server"];
    case "outcome":
      return [`the server answered: ${leaf.body.status}`];
    case "unknown":
      return ["what came of it is unknown: the gate stopped in between"];
    case "revocation":
      return revocationWords(source.revocations, entry, leaf.body);
    case "attestation":
      return [`workload ${leaf.body.verdict} (${leaf.body.method})`];
    case "closing":
      return [`closed after ${leaf.body.entries} entries`];
    case "erasure":
      return [`erased ${leaf.body.parts.length} sealed part(s) under rule ${leaf.body.rule}`];
    case "registry":
      return [
        leaf.body.kind === "pin" ? "a definition was approved" : `${leaf.body.kind} ${leaf.body.action}`,
      ];
    case "policy":
      return ["policies came into force"];
    case "overlay":
      return [
        leaf.body.action === "put" ? "forbidding policies were put over all others" : "an overlay was lifted",
      ];
    case "operator":
      return [`operator ${leaf.body.action}`];
    case "read":
      return [`${leaf.body.count} ${leaf.body.what} read by an auditor`];
    case "label":
      return [
        `the ${leaf.body.state} now carries ${leaf.body.class}${leaf.body.untrusted ? ", untrusted content" : ""}`,
      ];
    case "person":
      return [`person ${leaf.body.action.replace("_", " ")}`];
    case "approval":
      return approvalWords(leaf.body);
    case "release":
      return [`release ${leaf.body.action}${leaf.body.role === undefined ? "" : ` by ${leaf.body.role}`}`];
    case "assurance":
      return [`${leaf.body.kind.replace("_", " ")} recorded`];
    case "key":
      return [`${leaf.body.purpose} key ${leaf.body.action}`];
    default:
      return [leaf.type];
  }
}

// The log itself proves what a leaf of these types says, since nothing but the leaf is claimed.
const provenByInclusion: ReadonlySet<string> = new Set([
  "closing",
  "unknown",
  "revocation",
  "erasure",
  "genesis",
  "boot",
  "key",
  "policy",
  "label",
]);

/** The setting is not part of the story, unless it belongs to the transaction or somebody is known to have signed it. */
function isTold({ leaf }: Entry, { evidence, findings }: StorySource): boolean {
  const { txn } = evidence.bundle;
  if (txn !== undefined && leaf.txn?.id === txn) return true;
  if (txn === undefined && (leaf.type === "release" || leaf.type === "assurance")) return true;
  if (leaf.type === "attestation" || leaf.type === "revocation") return true;
  return findings.markOf(leaf.id)?.status === "signed";
}

/**
 * Tells the transaction, line by line in log order: who asked, through which chain, under which policy, to what effect.
 * @see docs/spec/evidence.md E-26
 */
export function tellLines(source: StorySource): readonly StoryLine[] {
  const { evidence, findings } = source;
  const told = { ...source, revocations: revocationSetting(evidence) };
  return evidence.entries
    .filter((entry) => isTold(entry, source))
    .map((entry): StoryLine => {
      const { id, type, at } = entry.leaf;
      const fallback = provenByInclusion.has(type) ? "proven" : "claimed";
      const { status, by }: Mark = findings.markOf(id) ?? { status: fallback };
      const text = [...wordsOf(told, entry), ...(findings.remarks.get(id) ?? [])];
      return {
        entry: id,
        atMs: at,
        kind: type,
        text,
        status,
        ...(by === undefined ? {} : { by: cleanText(by) }),
      };
    });
}
