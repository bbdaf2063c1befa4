import { type Refusal, refuse } from "../outcome.ts";
import type { InstanceRecord } from "../ports.ts";
import type { Authenticated, Sourced } from "../stages.ts";

/**
 * INVARIANT: a key that came in by a person's consent has what she allowed, and nothing of the agent's beside it: no
 * mandate of the agent's own, and none that somebody else gave or handed on.
 * @returns `unauthorized_client`
 * @see docs/design/consent.md
 */
export function standingFault({ byConsent }: InstanceRecord): Refusal | undefined {
  if (byConsent === undefined) return undefined;
  return refuse(
    "unauthorized_client",
    "this key works under a person's consent alone: use its refresh token",
  );
}

/** May this instance ask for a token that is cut from no other? @returns `unauthorized_client` */
export function checkStanding(stage: Authenticated): Authenticated | Refusal {
  return standingFault(stage.instance) ?? stage;
}

/** May this instance take up what another agent hands on? Tokens of its own it may cut. @returns `unauthorized_client` */
export function checkTakingUp(stage: Sourced): Sourced | Refusal {
  const fault = stage.source.mode === "rebind" ? standingFault(stage.instance) : undefined;
  return fault ?? stage;
}
