import { randomBytes } from "node:crypto";
import type { LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { digestOf } from "../digest.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import { type Committed, type Decided, durableRecord, type Resolved } from "../stages.ts";
import type { Prepared } from "../upstream/upstream.ts";
import { decisionDraft } from "./decision-draft.ts";

/** A commitment to bytes: public digest, and what opens it. @see docs/spec/evidence.md section 4 (`dispatch`, `outcome`) */
export function commitToBytes(bytes: Uint8Array): { readonly digest: string; readonly salt: string } {
  const salt = randomBytes(16);
  return { digest: digestOf(Buffer.concat([salt, bytes])), salt: salt.toString("base64url") };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

function dispatchDraft(resolved: Resolved, prepared: Prepared, decision: string): LeafDraft {
  const { received, caller } = resolved.authenticated;
  const { digest, salt } = commitToBytes(prepared.bytes);
  return {
    type: "dispatch",
    txn: caller.claims.txn,
    agent: caller.agent.ref,
    body: { decision, digest, server: received.exchange.server.ref },
    content: { bytes: base64url(prepared.bytes), bytes_salt: salt },
  };
}

function deny({ resolved, verdict }: Decided): Refusal {
  const { operation } = resolved;
  const isListed = operation.treatment === "listed";
  const detail: JsonObject = !isListed && operation.change !== undefined ? operation.change : {};
  return refuse(verdict.code ?? "policy_denied", {
    detail,
    ...(verdict.code === "policy_denied" ? { sentence: verdict.reason } : {}),
    ...(verdict.code === "insufficient_scope" && !isListed ? { scope: operation.record.scope } : {}),
  });
}

/**
 * Puts the decision on record, and with a permit the dispatch it allows, in one group.
 * ORDER: nothing leaves before the group is durable; a crash in between is later found as *unknown*.
 */
export function commitDecision(room: GatewayRoom): (decided: Decided) => Promise<Committed | Refusal> {
  const { deps } = room;
  return async (decided) => {
    const { resolved, verdict } = decided;
    if (verdict.verdict === "refuse") return deny(decided);
    const { received, caller } = resolved.authenticated;
    const { exchange } = received;
    const wantsProgress = resolved.progressToken !== undefined;
    const prepared = resolved.upstream.prepare(resolved.request.method, resolved.params, wantsProgress);
    const action = resolved.operation.treatment === "listed" ? "list" : "call";
    const evidence = { ...caller, agentRef: caller.agent.ref };
    const decision = decisionDraft(deps, exchange, evidence, {
      action,
      verdict,
      request: exchange.known.asked ?? null,
    });
    const group = deps.evidence.record([
      decision,
      ([recorded]) => dispatchDraft(resolved, prepared, recorded?.id ?? ""),
    ]);
    exchange.known.decided = "permitted";
    await group.durable;
    // INVARIANT: the only place where a `Committed` comes to be.
    return {
      [durableRecord]: true,
      resolved,
      decision: group.leaves[0]?.id ?? "",
      prepared,
      dispatchedAtMs: deps.clock.nowMs(),
    };
  };
}
