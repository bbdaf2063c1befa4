import type { JsonObject } from "@narrowgate/kernel";
import { mirrorArguments } from "../mcp/check-headers.ts";
import type { GatewayRoom } from "../room.ts";
import type { Committed, Forwarded } from "../stages.ts";
import type { UpstreamReply } from "../upstream/upstream.ts";

/** Puts the caller's own token back on progress of its call. */
function progressFor(committed: Committed): ((params: JsonObject) => void) | undefined {
  const { progressToken, authenticated } = committed.resolved;
  if (progressToken === undefined) return undefined;
  return ({ progress, total, message }) => {
    if (typeof progress !== "number") return;
    authenticated.received.exchange.channel.notify({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: {
        progress,
        progressToken,
        ...(typeof total === "number" ? { total } : {}),
        ...(typeof message === "string" ? { message } : {}),
      },
    });
  };
}

/** A modern upstream checks that the headers agree with the arguments, as the gate does. */
function mirroredHeaders({ resolved }: Committed): Readonly<Record<string, string>> {
  const { operation, facts } = resolved;
  if (facts.era !== "modern" || operation.treatment !== "decided" || operation.kind !== "tool") return {};
  return mirrorArguments(operation.record.pin?.definition ?? {}, operation.arguments);
}

/**
 * Sends what was committed and waits for its end. The call is cancelled when the client goes, when it says so, or when
 * what the call rests on is revoked or expires.
 */
export function forwardCall(room: GatewayRoom): (committed: Committed) => Promise<Forwarded> {
  return async (committed) => {
    const { upstream, request, authenticated } = committed.resolved;
    const { caller, session, received } = authenticated;
    const { gone } = received.exchange.channel;
    const abort = new AbortController();
    const cancel = (): void => abort.abort();
    let revoked = false;
    const forget = room.live.watch(caller.claims, (reason) => {
      revoked = reason === "revoked";
      cancel();
    });
    gone.addEventListener("abort", cancel);
    session?.calls.set(request.id, abort);
    if (gone.aborted) cancel();
    const onProgress = progressFor(committed);
    // ORDER: asked once more after the wait for durability, before the bytes leave.
    const isDead = room.deps.epochs.firstDead(caller.claims.ng.epochs) !== undefined;
    const reply: UpstreamReply = isDead
      ? { kind: "cancelled" }
      : await upstream.send(committed.prepared, {
          timeoutMs: room.deps.limits.callMs,
          signal: abort.signal,
          onBehalf: caller,
          mirrored: mirroredHeaders(committed),
          ...(onProgress === undefined ? {} : { onProgress }),
        });
    forget();
    gone.removeEventListener("abort", cancel);
    session?.calls.delete(request.id);
    return { committed, reply, revoked: revoked || isDead };
  };
}
