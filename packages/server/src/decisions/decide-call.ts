import type { AuthorizationDetail } from "@narrowgate/authority";
import { dataClasses } from "@narrowgate/authority";
import {
  amountOf,
  ERROR_CATALOGUE,
  type ErrorCode,
  exceedsStore,
  exceedsTier,
  type InputAttribute,
  isOutsideIntent,
  joinLabels,
  needsPerson,
  T3_REQUIRES,
} from "@narrowgate/contracts";
import type { DecidingFace, DecisionRequest, Obligations } from "@narrowgate/policy";
import { buildRequest, type Known } from "./build-request.ts";
import { intentInContext } from "./intent.ts";
import type { CallQuestion, DecisionPorts } from "./ports.ts";
import { sayViolation } from "./say-violation.ts";
import { areSameLabels, createStableInputs, type Salter } from "./stable-inputs.ts";
import { authorityOf } from "./token-authority.ts";

/** A decision and all it depended on. */
export interface CallVerdict {
  readonly verdict: "permit" | "refuse";
  readonly code?: ErrorCode;
  /** Sorted ids of the policies that determined it. */
  readonly policies: readonly string[];
  readonly reason: string;
  /** Digest of the policy bundle. */
  readonly policy: string;
  /** Digest of the decision procedure. */
  readonly procedure: string;
  readonly inputs: readonly InputAttribute[];
  /** With `approval_required`: signatures that would lift the denial, `role#n`, sorted. */
  readonly requires?: readonly string[];
  /** What the policies of a permit demand of the gate. */
  readonly obligations?: Obligations;
  /** Leaf ids of the approvals it rests on. */
  readonly approvals: readonly string[];
  /** Whether nothing that flowed, was spent or was approved has changed since. */
  readonly holds: () => boolean;
  /** What the call moves, in minor units. */
  readonly amount: number;
  /** Caps of the detail that covers a permitted call: the gate's ledger says whether anything is left of them. */
  readonly caps?: ReadonlyMap<string, number>;
}

/** Which operations a list is asked about. */
export type ShowQuestion = Pick<CallQuestion, "claims" | "server" | "kind" | "name" | "record"> & {
  /** `name` is the beginning of the names in question. */
  readonly isPrefix?: boolean;
};

/** Decides calls under one set of ports. */
export interface CallDecider {
  decide(question: CallQuestion): CallVerdict;
  /** Whether the authority of the token could reach the operation at all, whatever the arguments. */
  mayShow(question: ShowQuestion): boolean;
  /** @param deployment - the release that a token names; absent: those in force */
  inForce(deployment?: string): { readonly policy: string; readonly procedure: string };
}

const noCaps: ReadonlyMap<string, number> = new Map();

interface Finding {
  readonly code?: ErrorCode;
  readonly requires?: readonly string[];
  readonly obligations?: Obligations;
  readonly caps?: ReadonlyMap<string, number>;
  readonly policies: readonly string[];
  readonly reason: string;
}

function refusal(code: ErrorCode): Finding {
  return { code, policies: [], reason: ERROR_CATALOGUE[code].sentence };
}

/** Scopes that an operation needs and the token lacks. */
function lacksScope(question: CallQuestion): boolean {
  const { scopes } = authorityOf(question.claims);
  return question.record.scope.split(" ").some((scope) => scope !== "" && !scopes.includes(scope));
}

const detailTypes = { tool: "mcp_tool", resource: "mcp_resource", prompt: "mcp_prompt" } as const;

function reaches({ operation, dataClass }: AuthorizationDetail, question: ShowQuestion): boolean {
  const { name, record, isPrefix = false } = question;
  if (dataClasses.indexOf(record.dataClass) > dataClasses.indexOf(dataClass)) return false;
  if (operation.kind === "one_of") {
    return operation.values.some((value) => (isPrefix ? String(value).startsWith(name) : value === name));
  }
  if (operation.kind !== "prefix") return false;
  return name.startsWith(operation.prefix) || (isPrefix && operation.prefix.startsWith(name));
}

/** What the task does not need, what may not be written, and what nobody can count: rules of the procedure, not of a bundle. */
function breaksRule(question: CallQuestion, { labels }: Known): ErrorCode | undefined {
  const { kind, server, name, record, mandate } = question;
  if (isOutsideIntent(intentInContext(mandate.document.intent), { kind, server: server.id, name }))
    return "outside_intent";
  if (exceedsTier(question.agent.tier, record.effect)) return "tier_exceeded";
  const carried = joinLabels(labels.transaction.label, labels.instance.label);
  if (exceedsStore(carried, record.effect, labels.store?.label)) return "label_exceeded";
  return amountOf(record.amount, question.arguments) === undefined ? "policy_context_invalid" : undefined;
}

/**
 * ORDER: authority, pin, intent, flow, policy (evidence rule E-17); scope last, so that a step-up is asked for only when it
 * would help.
 */
function find(
  question: CallQuestion,
  known: Known,
  compiled: DecidingFace,
  request: DecisionRequest,
): Finding {
  const { kind, server, name, record, pin, claims } = question;
  const authority = authorityOf(claims);
  const call = { kind, server: server.id, name, arguments: question.arguments, dataClass: record.dataClass };
  const coverage = authority.compiled.covers(call);
  if (coverage.kind === "outside") {
    const reason = sayViolation(coverage.violation, call, question.mandate.document.authority);
    return { ...refusal("authority_exceeded"), reason };
  }
  if (pin.current !== pin.approved) return refusal("tool_changed");
  const broken = breaksRule(question, known);
  if (broken !== undefined) return refusal(broken);
  const { verdict, code, policies, reason, requires, obligations } = compiled.decide(request);
  if (verdict === "deny") {
    const lifted = requires === undefined ? {} : { requires };
    return { code: code ?? "policy_denied", policies, reason, ...lifted };
  }
  if (needsPerson(question.agent.tier, question.record.effect, known.approvals))
    return { ...refusal("approval_required"), requires: T3_REQUIRES };
  if (lacksScope(question)) return refusal("insufficient_scope");
  const caps = authority.parsed.details[coverage.detail]?.caps ?? noCaps;
  return {
    policies,
    reason,
    ...(caps.size === 0 ? {} : { caps }),
    ...(obligations === undefined ? {} : { obligations }),
  };
}

function knownOf(question: CallQuestion, { flow, approvals, policies }: DecisionPorts): Known {
  const { mandate, claims, server, record } = question;
  return {
    labels: flow.labels({ mandate, instance: claims.ng.instance }, { server, record }),
    spent: flow.spent(mandate.txn),
    approvals: approvals.held(question),
    overlays: policies(question.claims.ng.release).overlays,
  };
}

function isSameKnown(a: Known, b: Known): boolean {
  return (
    areSameLabels(a.labels, b.labels) &&
    a.spent === b.spent &&
    a.overlays.join() === b.overlays.join() &&
    a.approvals.map(({ entry }) => entry).join() === b.approvals.map(({ entry }) => entry).join()
  );
}

/**
 * Makes the decider.
 * @param salt - commits to inputs that many decisions share, once
 */
export function createCallDecider(ports: DecisionPorts, salt: Salter): CallDecider {
  const stable = createStableInputs(ports.env, salt);
  return {
    inForce(deployment) {
      const { compiled, procedure } = ports.policies(deployment);
      return { policy: compiled.digest, procedure };
    },
    mayShow(question) {
      const { claims, server, kind } = question;
      return authorityOf(claims).parsed.details.some(
        (detail) =>
          detail.type === detailTypes[kind] && detail.server === server.id && reaches(detail, question),
      );
    },
    decide(question) {
      const { compiled, procedure } = ports.policies(question.claims.ng.release);
      const known = knownOf(question, ports);
      const { request, inputs } = buildRequest(question, known, stable, ports.clock.nowMs());
      const { code, ...found } = find(question, known, compiled, request);
      const amount = amountOf(question.record.amount, question.arguments) ?? 0;
      const holds = (): boolean => isSameKnown(known, knownOf(question, ports));
      const approvals = known.approvals.map(({ entry }) => entry);
      const facts = { ...found, policy: compiled.digest, procedure, inputs, amount, approvals, holds };
      return code === undefined ? { verdict: "permit", ...facts } : { verdict: "refuse", code, ...facts };
    },
  };
}
