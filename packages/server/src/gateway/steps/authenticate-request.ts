import { type Refusal, refuse } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import type { Authenticated, Outcome, Received } from "../stages.ts";
import { authenticateCaller } from "./authenticate-caller.ts";

/** In the earlier era everything but `initialize` belongs to a session, and the session to its caller. */
function findSession(
  room: GatewayRoom,
  received: Received,
  claims: Authenticated["caller"]["claims"],
): Pick<Authenticated, "session"> | Refusal {
  const { era, message, sessionId, exchange } = received;
  if (era === "modern" || message.method === "initialize") return { session: undefined };
  if (sessionId === undefined) {
    return refuse("invalid_request", {
      sentence: "Send initialize first, and its Mcp-Session-Id from then on.",
    });
  }
  const session = room.sessions.find(sessionId, exchange.server.id, claims);
  return session === undefined
    ? refuse("not_found", { sentence: "There is no such session; initialize again." })
    : { session };
}

/** Checks the caller of a message, and that its session is the caller's own. */
export function authenticateRequest(
  room: GatewayRoom,
): (received: Received) => Promise<Outcome<Authenticated>> {
  return async (received) => {
    const caller = await authenticateCaller(room.deps, received.exchange, received.body);
    if ("kind" in caller) return caller;
    const found = findSession(room, received, caller.claims);
    return "kind" in found ? found : { received, caller, session: found.session };
  };
}
