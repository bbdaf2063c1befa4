import engineUrl from "virtual:cedar-engine?url";
import { NarrowgateError } from "@narrowgate/kernel";
import { createEngine, type PolicyEngine } from "@narrowgate/verifier";

/** Fetches the policy engine and starts it in this worker. @throws `fetch_failed`, `policy_engine_failed` */
export async function loadEngine(): Promise<PolicyEngine> {
  const response = await fetch(engineUrl);
  if (!response.ok) throw new NarrowgateError("fetch_failed", "the policy engine could not be loaded");
  return createEngine(new Uint8Array(await response.arrayBuffer()));
}
