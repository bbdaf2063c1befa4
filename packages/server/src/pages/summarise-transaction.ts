import {
  type ActorClaim,
  type Leaf,
  type Openings,
  openedMember,
  parseAccessTokenClaims,
  parseSigningInput,
  type TransactionSummary,
} from "@narrowgate/contracts";
import { isNarrowgateError, type JsonValue } from "@narrowgate/kernel";

/** A leaf of a transaction, with what can be opened of it. */
export interface DisclosedLeaf {
  readonly leaf: Leaf;
  readonly openings: Openings;
}

const maxTokenBytes = 65_536;

function textMember(value: JsonValue | undefined, name: string): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const member: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  return typeof member === "string" ? member : undefined;
}

/** Names from the first agent to the one that holds the token; none when it is erased or not in form. */
function chainOf({ openings }: DisclosedLeaf): readonly string[] {
  const input = openedMember(openings.proof, "signing_input");
  if (typeof input !== "string") return [];
  try {
    const { payload } = parseSigningInput(input, { maxBytes: maxTokenBytes });
    const names: string[] = [];
    const { act } = parseAccessTokenClaims(payload);
    for (let actor: ActorClaim | undefined = act; actor !== undefined; actor = actor.act)
      names.unshift(actor.sub);
    return names;
  } catch (error) {
    if (isNarrowgateError(error)) return [];
    throw error;
  }
}

function stateOf(entries: readonly DisclosedLeaf[]): TransactionSummary["state"] {
  const actions = entries.flatMap(({ leaf }) => (leaf.type === "mandate" ? [leaf.body.action] : []));
  if (actions.includes("expired")) return "expired";
  const isClosed = actions.includes("closed") || entries.some(({ leaf }) => leaf.type === "closing");
  return isClosed ? "closed" : "open";
}

/**
 * Sums up a transaction for the list, from its leaves in log order.
 * Trust: the leaves are our own; nothing is verified here, and the page that shows a summary says so.
 */
export function summariseTransaction(id: string, entries: readonly DisclosedLeaf[]): TransactionSummary {
  const opened = entries.find(({ leaf }) => leaf.type === "mandate" && leaf.body.action === "opened");
  const document = openedMember(opened?.openings.content, "document");
  const subject = textMember(document, "subject");
  const purpose = textMember(document, "purpose");
  const first = textMember(document, "agent");
  const chains = entries.filter(({ leaf }) => leaf.type === "token").flatMap(chainOf);
  const verdicts = entries.flatMap(({ leaf }) => (leaf.type === "decision" ? [leaf.body.verdict] : []));
  const permits = verdicts.filter((verdict) => verdict === "permit").length;
  return {
    id,
    ...(subject === undefined ? {} : { subject }),
    ...(purpose === undefined ? {} : { purpose }),
    agents: [...new Set(first === undefined ? chains : [first, ...chains])],
    state: stateOf(entries),
    permits,
    refusals: verdicts.length - permits,
    lastActivityMs: entries.at(-1)?.leaf.at ?? 0,
  };
}
