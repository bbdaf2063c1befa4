import type { ServerResponse } from "node:http";
import { openEventStream, sendEvent } from "../http/event-stream.ts";
import type { Session } from "../mcp/sessions.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import type { Caller, Exchange } from "../stages.ts";

const keepAliveMs = 15_000;

/**
 * Opens the stream of a session of the earlier era (GET): list changes, and nothing that belongs to a call.
 * It ends with the session, with the token, or when what the token rests on is revoked.
 */
export function openStream(
  room: GatewayRoom,
  exchange: Exchange,
  found: { readonly caller: Caller; readonly session: Session },
  res: ServerResponse,
): Refusal | undefined {
  const { caller, session } = found;
  if (session.stream !== undefined)
    return refuse("conflict", { sentence: "This session has a stream already." });
  if (room.live.size() >= room.deps.limits.streams) return refuse("overloaded");
  const giveBack = room.streamShares.take(caller.claims.cnf.jkt);
  if (giveBack === undefined) return refuse("overloaded");
  openEventStream(res, { "Mcp-Session-Id": session.id });
  session.stream = res;
  const { upstream } = room.pool.get(exchange.server);
  const tell = (list: string): void => {
    const message = { jsonrpc: "2.0", method: `notifications/${list}/list_changed` };
    if (!sendEvent(res, message)) res.destroy();
  };
  const stop = upstream.onEvent((event) => {
    if (event.kind === "restarted") for (const list of ["tools", "prompts", "resources"]) tell(list);
    else tell(event.list);
  });
  const keepAlive = setInterval(() => res.write(":\n\n"), keepAliveMs);
  const forget = room.live.watch(caller.claims, () => res.end());
  res.once("close", () => {
    clearInterval(keepAlive);
    stop();
    forget();
    giveBack();
    delete session.stream;
  });
  return undefined;
}
