import { hash } from "node:crypto";
import { ERROR_CATALOGUE, type ErrorCode, type LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Verdict } from "./decide-evaluation.ts";
import type { AuthzenPorts, AuthzenRefusal, CallerEvidence } from "./ports.ts";

/** Where the request came in: what its proof was made for. */
export interface Address {
  readonly method: string;
  readonly url: string;
}

interface Place {
  readonly ports: AuthzenPorts;
  readonly caller: CallerEvidence;
  readonly address: Address;
}

function draft({ ports, caller, address }: Place, body: JsonObject): LeafDraft {
  const { claims, token, dpop, use, agentRef } = caller;
  return {
    type: "decision",
    txn: claims.txn,
    ...(agentRef === undefined ? {} : { agent: agentRef }),
    body: {
      action: "evaluate",
      feed: ports.epochs.position(),
      instance: claims.ng.instance,
      mandate: claims.ng.mandate,
      token: hash("sha256", claims.jti, "base64url"),
      ...(use === undefined ? {} : { use }),
      ...body,
    },
    proof: {
      htm: address.method,
      htu: address.url,
      token,
      ...(dpop === undefined ? {} : { dpop }),
    },
  };
}

/**
 * The leaf of one decided question.
 * @param body - the exact text that was sent, where the caller's key signed it
 * @see docs/spec/evidence.md E-35
 */
export function evaluationDraft(place: Place, verdict: Verdict, body: string | undefined): LeafDraft {
  const { code, policy, procedure, policies, reason, requires, obligations, asked, inputs } = verdict;
  return {
    ...draft(place, {
      policy,
      procedure,
      verdict: code === undefined ? "permit" : "refuse",
      ...(code === undefined ? {} : { code }),
    }),
    ...(inputs.length === 0 ? {} : { inputs }),
    content: {
      policies,
      reason,
      request: { name: asked, ...(body === undefined ? {} : { body }) },
      ...(requires === undefined ? {} : { requires }),
      ...(obligations === undefined ? {} : { obligations: { ...obligations } }),
    },
  };
}

function refusalDraft(place: Place, { code, sentence }: AuthzenRefusal): LeafDraft {
  const { compiled, procedure } = place.ports.policies(undefined);
  return {
    ...draft(place, { policy: compiled.digest, procedure, verdict: "refuse", code }),
    content: {
      policies: [],
      reason: sentence ?? ERROR_CATALOGUE[code].sentence,
      request: { name: "an evaluation" },
    },
  };
}

const isKept = (code: ErrorCode): boolean => ERROR_CATALOGUE[code].audited;

/**
 * Puts a refusal before policy on record, where it can be attributed. It is not waited for: nothing was answered.
 * A transaction that was closed takes no more decisions, so what is refused afterwards is kept outside it.
 */
export function recordRefusal(ports: AuthzenPorts, refusal: AuthzenRefusal, address: Address): void {
  const { caller, code } = refusal;
  if (caller === undefined || !isKept(code)) return;
  const made = refusalDraft({ ports, caller, address }, refusal);
  const keep = (one: LeafDraft): void => {
    ports.refusals.record([one]).durable.catch(ports.onFault);
  };
  try {
    keep(made);
  } catch {
    const { txn: _closed, ...outside } = made;
    keep(outside);
  }
}
