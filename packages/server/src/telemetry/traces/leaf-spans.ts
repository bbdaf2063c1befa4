import type { LeafDraft } from "@narrowgate/contracts";
import type { SeenGroup } from "../ports.ts";
import { type Span, spanIdOf, traceIdOf } from "./span.ts";

/** Requests for approval whose beginning is remembered. */
const MAX_ASKED = 10_000;

/** One leaf of a group, with what it is named by. */
interface Placed {
  readonly draft: LeafDraft;
  readonly id: string;
}

function textOf({ body }: LeafDraft, member: string): string | undefined {
  const value = body[member];
  return typeof value === "string" ? value : undefined;
}

function isMint(draft: LeafDraft): boolean {
  const action = textOf(draft, "action");
  return draft.type === "decision" && (action === "mint" || action === "exchange");
}

/** Span that a decision stands below: its token, when it was minted; what the request was made with, when not. */
function aboveDecision({ draft }: Placed, group: readonly Placed[]): string | undefined {
  if (!isMint(draft)) {
    const use = textOf(draft, "use");
    const mandate = textOf(draft, "mandate");
    return use === undefined ? mandate && spanIdOf(mandate) : spanIdOf(use);
  }
  const minted = group.find((one) => one.draft.type === "token");
  const token = minted === undefined ? textOf(draft, "token") : textOf(minted.draft, "token");
  const above = token ?? textOf(draft, "mandate");
  return above === undefined ? undefined : spanIdOf(above);
}

/** Span that an append stands below, by the first leaf of the group that says. */
function aboveAppend(group: readonly Placed[]): string | undefined {
  for (const placed of group) {
    const { type } = placed.draft;
    if (type === "decision") return aboveDecision(placed, group);
    const member = type === "outcome" ? "decision" : type === "mandate" ? "mandate" : undefined;
    const above = member === undefined ? undefined : textOf(placed.draft, member);
    if (above !== undefined) return spanIdOf(above);
  }
  return undefined;
}

/** What the spans of one group share. */
type Frame = Pick<Span, "traceId" | "kind" | "startedMs" | "endedMs">;

function mandateSpan({ draft }: Placed, frame: Frame): readonly Span[] {
  const mandate = textOf(draft, "mandate");
  const action = textOf(draft, "action");
  if (mandate === undefined) return [];
  const attributes = {
    "narrowgate.mandate": mandate,
    "narrowgate.txn": draft.txn,
    "narrowgate.subject_basis": textOf(draft, "basis"),
  };
  return action === "opened" ? [{ ...frame, spanId: spanIdOf(mandate), name: "mandate", attributes }] : [];
}

function closingSpan({ draft, id }: Placed, group: readonly Placed[], frame: Frame): readonly Span[] {
  const ended = group.find((one) => one.draft.type === "mandate");
  const mandate = ended === undefined ? undefined : textOf(ended.draft, "mandate");
  const reason = ended === undefined ? undefined : textOf(ended.draft, "action");
  const above = mandate === undefined ? {} : { parentSpanId: spanIdOf(mandate) };
  const attributes = { "narrowgate.txn": draft.txn, "narrowgate.ended": reason };
  return [{ ...frame, ...above, spanId: spanIdOf(id), name: "closing", attributes }];
}

function mintDecisionSpan(placed: Placed, group: readonly Placed[], frame: Frame): readonly Span[] {
  const { draft, id } = placed;
  // That of a call comes with the times of the call.
  if (!isMint(draft)) return [];
  const above = aboveDecision(placed, group);
  const code = textOf(draft, "code");
  return [
    {
      ...frame,
      ...(above === undefined ? {} : { parentSpanId: above }),
      spanId: spanIdOf(id),
      name: "decide",
      attributes: { "narrowgate.decision": id, "narrowgate.verdict": textOf(draft, "verdict") },
      ...(code === undefined ? {} : { error: code }),
    },
  ];
}

/** A token that was cut for one call to an upstream: below its decision. */
function cutTokenSpan({ draft }: Placed, group: readonly Placed[], frame: Frame): readonly Span[] {
  const token = textOf(draft, "token");
  const decision = textOf(draft, "decision");
  if (token === undefined || decision === undefined || group.some((one) => isMint(one.draft))) return [];
  const attributes = { "narrowgate.token": token };
  return [
    {
      ...frame,
      spanId: spanIdOf(token),
      parentSpanId: spanIdOf(decision),
      name: "upstream token",
      attributes,
    },
  ];
}

function appendSpan(seen: SeenGroup, group: readonly Placed[], frame: Frame): readonly Span[] {
  const [first] = group;
  const above = aboveAppend(group);
  if (first === undefined || above === undefined) return [];
  const attributes = {
    "narrowgate.log.index": seen.leaves[0]?.index,
    "narrowgate.log.leaves": group.length,
  };
  return [{ ...frame, spanId: spanIdOf(first.id, 1), parentSpanId: above, name: "append", attributes }];
}

interface AskedApproval {
  readonly queuedMs: number;
  readonly decision: string | undefined;
}

/** Spans of what is durable in the log. */
export interface LeafSpans {
  /** Of a group that became durable just now. */
  of(group: SeenGroup): readonly Span[];
}

/** Remembers of approvals when they were asked for, and nothing else. */
export function createLeafSpans(): LeafSpans {
  const asked = new Map<string, AskedApproval>();
  const remember = (approval: string, { draft }: Placed, { queuedMs }: SeenGroup): void => {
    const [oldest] = asked.keys();
    if (asked.size >= MAX_ASKED && oldest !== undefined) asked.delete(oldest);
    asked.set(approval, { queuedMs, decision: textOf(draft, "decision") });
  };
  const approvalSpan = (placed: Placed, seen: SeenGroup, frame: Frame): readonly Span[] => {
    const { draft, id } = placed;
    const approval = textOf(draft, "approval") ?? "";
    const action = textOf(draft, "action") ?? "";
    if (action === "requested") {
      remember(approval, placed, seen);
      return [];
    }
    const before = asked.get(approval);
    if (action !== "approved") asked.delete(approval);
    const above = before?.decision === undefined ? {} : { parentSpanId: spanIdOf(before.decision) };
    const attributes = {
      "narrowgate.approval": approval,
      "narrowgate.approval.action": action,
      "narrowgate.approval.role": textOf(draft, "role"),
    };
    const startedMs = before?.queuedMs ?? frame.startedMs;
    const failed = action === "approved" ? {} : { error: action };
    return [{ ...frame, ...above, startedMs, spanId: spanIdOf(id), name: "approval", attributes, ...failed }];
  };
  return {
    of(seen) {
      const group = seen.drafts.map((draft, at): Placed => ({ draft, id: seen.leaves[at]?.id ?? "" }));
      const txn = seen.drafts.find((draft) => draft.txn !== undefined)?.txn;
      if (txn === undefined) return [];
      const times = { startedMs: seen.queuedMs, endedMs: performance.now() };
      const frame: Frame = { traceId: traceIdOf(txn), kind: "internal", ...times };
      const spans = group.flatMap((placed): readonly Span[] => {
        switch (placed.draft.type) {
          case "mandate":
            return mandateSpan(placed, frame);
          case "closing":
            return closingSpan(placed, group, frame);
          case "decision":
            return mintDecisionSpan(placed, group, frame);
          case "token":
            return cutTokenSpan(placed, group, frame);
          case "approval":
            return approvalSpan(placed, seen, frame);
          default:
            return [];
        }
      });
      return [...spans, ...appendSpan(seen, group, frame)];
    },
  };
}
