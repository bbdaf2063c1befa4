import type { GatewayRoom } from "../room.ts";
import type { Authenticated, Operation } from "../stages.ts";

/** Whether a registered operation is the one that was signed, where a release is asked for. */
export function isReleased(
  { deps }: GatewayRoom,
  { caller, received }: Authenticated,
  kind: Operation["kind"],
  name: string,
): boolean {
  const found = deps.releases?.inForce(caller.agent, { deployment: caller.claims.ng.release });
  if (found === undefined) return true;
  return found.kind === "released" && found.has({ server: received.exchange.server.id, kind, name });
}
