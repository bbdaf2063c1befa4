import { declaresAddresses } from "../approvals/offer-address.ts";
import type { GatewayRoom } from "../room.ts";
import type { Decided, Resolved } from "../stages.ts";

/** Asks for the decision. A list has none of its own: what it shows is filtered, and each call is decided when it comes. */
export function decideCall(room: GatewayRoom): (resolved: Resolved) => Decided {
  const { decider } = room.deps;
  return (resolved) => {
    const { operation, authenticated } = resolved;
    const { claims, agent, mandate, bodySigned } = authenticated.caller;
    if (operation.treatment === "listed") {
      const verdict = {
        verdict: "permit",
        policies: [],
        reason: "",
        inputs: [],
        ...decider.inForce(claims.ng.release),
      } as const;
      return { resolved, verdict };
    }
    const { server, known } = authenticated.received.exchange;
    const isResumed = "inputResponses" in resolved.params || "requestState" in resolved.params;
    const question = {
      ...{ claims, agent, mandate, server, bodySigned, ...operation },
      ...(isResumed ? { isResumed } : {}),
    };
    const verdict = decider.decide(question);
    known.verdict = verdict;
    known.question = question;
    known.opensAddresses =
      authenticated.session?.opensAddresses ?? declaresAddresses(resolved.request.params);
    return { resolved, verdict, question };
  };
}
