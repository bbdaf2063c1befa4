import {
  type ActorClaim,
  type ApprovalStatement,
  type ApprovedAction,
  actionDigest,
  type Declassification,
  declassificationDigest,
  type EpochPair,
  type Label,
  type RenderedRow,
  type Role,
  renderAction,
  renderDeclassification,
  renderedDigest,
} from "@narrowgate/contracts";
import { canonicalJson } from "@narrowgate/kernel";
import { nodeSha256, sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { AskedCall } from "./ports.ts";

/** A signature that was given, for one requirement. */
export interface GivenSignature {
  /** Leaf id of `approved`. */
  readonly entry: string;
  readonly role: Role;
  readonly slot: number;
  /** Ref of the person. */
  readonly person: string;
}

/** What people are asked about: one exact call, or the exact bytes of one answer. */
export type AskedMatter = ApprovedAction | Declassification;

/** Whether people are asked about an answer. */
export function isDeclassification(action: AskedMatter): action is Declassification {
  return "outcome" in action;
}

/** Digest by which leaves and statements name what is asked (P-1, P-11). */
export function digestOf(action: AskedMatter): string {
  return isDeclassification(action)
    ? declassificationDigest(nodeSha256, action)
    : actionDigest(nodeSha256, action);
}

/** A request that is open: some signatures are missing, or all are there and not used yet. */
export interface ApprovalRequest {
  readonly id: string;
  /** Unguessable part of its address; who holds it can read what is asked, and do nothing. */
  readonly handle: string;
  readonly action: AskedMatter;
  /** Nonce of the statements. */
  readonly nonce: string;
  /** `role#n`, sorted. */
  readonly requires: readonly string[];
  /** Leaf id of the refusal that asked. */
  readonly decision: string;
  readonly reason: string;
  /** Digest of the policy bundle that asked. */
  readonly policy: string;
  /** What transaction and instance had read when it was asked. */
  readonly read: Label;
  /** Agent ref, for its leaves. */
  readonly agentRef: string;
  /** Names that may not sign: subject, owner, deputy, and the agents of the chain. */
  readonly barred: readonly string[];
  readonly rests: readonly EpochPair[];
  readonly askedAtMs: number;
  readonly notAfterMs: number;
  readonly given: readonly GivenSignature[];
}

/** Outermost first. Depth was bounded when the token was parsed. */
function chainOf(act: ActorClaim | undefined): readonly string[] {
  return act === undefined ? [] : [act.sub, ...chainOf(act.act)];
}

/** The action of a call. @see docs/spec/approval.md section 1 */
export function actionOf(call: AskedCall, nonce: string): ApprovedAction {
  const { claims, agent, server, record, pin } = call;
  const chain = chainOf(claims.act);
  return {
    v: 1,
    nonce,
    txn: claims.txn,
    mandate: claims.ng.mandate,
    subject: claims.sub,
    actors: chain.length === 0 ? [agent.id] : chain,
    agent: agent.id,
    server: server.id,
    kind: call.kind,
    name: call.name,
    arguments: call.arguments,
    pin: pin.approved,
    data_class: record.dataClass,
    effect: record.effect,
    egress: record.egress,
  };
}

/** One key for all requests about the same action (P-1). */
export function actionKey(action: AskedMatter): string {
  return sha256Base64url(canonicalJson({ ...action, nonce: "" }));
}

/** Who may not approve a call, by every name we know. */
export function barredNames({ claims, agent, mandate }: AskedCall): readonly string[] {
  const names = [
    claims.sub,
    mandate.document.subject,
    agent.owner,
    agent.deputy,
    agent.id,
    ...chainOf(claims.act),
  ];
  return [...new Set(names)].sort();
}

/** What a person is shown. */
export function rowsOf({ action, reason, read }: ApprovalRequest): readonly RenderedRow[] {
  return isDeclassification(action) ? renderDeclassification(action) : renderAction(action, reason, read);
}

/** What a yes to this request says in its statement: each is other bytes. */
export function yesOf({ action }: Pick<ApprovalRequest, "action">): "approve" | "declassify" {
  return isDeclassification(action) ? "declassify" : "approve";
}

/** Requirements that nobody has signed for. */
export function missing({ requires, given }: ApprovalRequest): readonly string[] {
  const there = new Set(given.map(({ role, slot }) => `${role}#${slot}`));
  return requires.filter((requirement) => !there.has(requirement));
}

/** The statement of one answer to one requirement. @see docs/spec/approval.md section 2 */
export function statementOf(
  request: ApprovalRequest,
  answer: { readonly kind: "approve" | "declassify" | "refuse"; readonly role: Role; readonly slot: number },
): ApprovalStatement {
  const { id, nonce, action, policy, read, notAfterMs } = request;
  return {
    v: 1,
    ...answer,
    id,
    nonce,
    action: digestOf(action),
    txn: action.txn,
    policy,
    labels: read,
    rendered: renderedDigest(nodeSha256, rowsOf(request)),
    not_after: notAfterMs,
  };
}
