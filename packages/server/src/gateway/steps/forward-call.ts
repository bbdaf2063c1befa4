import type { JsonObject } from "@narrowgate/kernel";
import { mirrorArguments } from "../mcp/check-headers.ts";
import { holdsBack } from "../obligations/meet-obligations.ts";
import type { GatewayRoom } from "../room.ts";
import type { Committed, Forwarded } from "../stages.ts";
import type { OnBehalf, UpstreamReply } from "../upstream/upstream.ts";
import { progressAllowed } from "./label-answer.ts";

/** Puts the caller's own token back on progress of its call. */
function progressFor(committed: Committed): ((params: JsonObject) => void) | undefined {
  const { progressToken, authenticated } = committed.resolved;
  const allowed = progressAllowed(committed);
  if (progressToken === undefined || allowed === "nothing") return undefined;
  // What rules and obligations speak of is the whole answer; words that come before it are left out.
  const saysWords = allowed === "words" && !holdsBack(committed.obligations);
  return ({ progress, total, message }) => {
    if (typeof progress !== "number") return;
    authenticated.received.exchange.channel.notify({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: {
        progress,
        progressToken,
        ...(typeof total === "number" ? { total } : {}),
        ...(saysWords && typeof message === "string" ? { message } : {}),
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

/** The caller as the upstream is told of it, where it is: the token it is told with is signed only now. */
async function callerUpstream(
  room: GatewayRoom,
  { cut, resolved }: Committed,
): Promise<OnBehalf | "unsigned" | undefined> {
  if (cut === undefined) return undefined;
  try {
    return { claims: resolved.authenticated.caller.claims, token: await cut.sign() };
  } catch (cause) {
    room.deps.reports.report({
      kind: "failure",
      detail: "a token for an upstream could not be signed",
      cause,
    });
    return "unsigned";
  }
}

/**
 * Sends it, unless what it rests on is over.
 * ORDER: asked once more after the wait for durability and signature, in the turn in which the bytes leave.
 */
async function sendCommitted(
  room: GatewayRoom,
  committed: Committed,
  signal: AbortSignal,
): Promise<{ readonly reply: UpstreamReply; readonly isDead: boolean }> {
  const { upstream, authenticated } = committed.resolved;
  const onProgress = progressFor(committed);
  const onBehalf = await callerUpstream(room, committed);
  if (room.deps.epochs.firstDead(authenticated.caller.claims.ng.epochs) !== undefined)
    return { reply: { kind: "cancelled" }, isDead: true };
  if (onBehalf === "unsigned")
    return { reply: { kind: "failed", code: "upstream_unavailable" }, isDead: false };
  const reply = await upstream.send(committed.prepared, {
    timeoutMs: room.deps.limits.callMs,
    signal,
    mirrored: mirroredHeaders(committed),
    ...(onBehalf === undefined ? {} : { onBehalf }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { reply, isDead: false };
}

/**
 * Sends what was committed and waits for its end. The call is cancelled when the client goes, when it says so, or when
 * what the call rests on is revoked or expires.
 */
export function forwardCall(room: GatewayRoom): (committed: Committed) => Promise<Forwarded> {
  return async (committed) => {
    const { request, authenticated } = committed.resolved;
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
    const sending = sendCommitted(room, committed, abort.signal);
    const { reply, isDead } = await sending.finally(committed.giveBack);
    forget();
    gone.removeEventListener("abort", cancel);
    // A later request of the same id may have taken the place.
    if (session?.calls.get(request.id) === abort) session.calls.delete(request.id);
    return { committed, reply, revoked: revoked || isDead };
  };
}
