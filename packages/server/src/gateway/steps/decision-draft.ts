import type { LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { digestOf } from "../digest.ts";
import type { CallVerdict, GatewayDeps } from "../ports.ts";
import type { CallerEvidence, Exchange } from "../stages.ts";

function proofOf({ token, dpop }: CallerEvidence, { req, url }: Exchange): JsonObject {
  return { htm: req.method ?? "", htu: url, token, ...(dpop === undefined ? {} : { dpop }) };
}

/** What was asked, with the exact body where the caller's key signed it, so that anybody can compare the two. */
function requestOf({ known }: Exchange, change: JsonObject | undefined): JsonObject {
  const { asked = { method: known.method ?? "" }, signedBody } = known;
  return {
    ...asked,
    ...(signedBody === undefined || signedBody.length === 0
      ? {}
      : { body: Buffer.from(signedBody).toString("utf8") }),
    ...(change === undefined ? {} : { change }),
  };
}

/**
 * The decision leaf of one request, permitted or refused. Public members are ids and digests alone.
 * @see docs/spec/evidence.md section 4
 */
export function decisionDraft(
  deps: GatewayDeps,
  exchange: Exchange,
  caller: CallerEvidence,
  found: { readonly action: "call" | "list"; readonly verdict: CallVerdict; readonly change?: JsonObject },
): LeafDraft {
  const { claims, agentRef, use } = caller;
  const { verdict, code, policy, procedure, policies, reason, inputs, requires, obligations } = found.verdict;
  return {
    type: "decision",
    txn: claims.txn,
    ...(agentRef === undefined ? {} : { agent: agentRef }),
    body: {
      action: found.action,
      feed: deps.epochs.position(),
      instance: claims.ng.instance,
      mandate: claims.ng.mandate,
      policy,
      procedure,
      token: digestOf(claims.jti),
      verdict,
      ...(code === undefined ? {} : { code }),
      ...(use === undefined ? {} : { use }),
    },
    proof: proofOf(caller, exchange),
    ...(inputs.length === 0 ? {} : { inputs }),
    content: {
      policies,
      reason,
      request: requestOf(exchange, found.change),
      ...(requires === undefined ? {} : { requires }),
      ...(obligations === undefined ? {} : { obligations: { ...obligations } }),
    },
  };
}
