import type { JsonObject } from "@narrowgate/kernel";
import type { SignedRequest } from "./signed-request.ts";

/** Policies that only forbid, over every release; as the admin API sees them. */
export interface OverlaysPort {
  /** Newest first. */
  list(): readonly JsonObject[];
  /** @throws `policy_invalid`, `malformed_input`, `conflict`, `evidence_unavailable` */
  put(
    wanted: { readonly text: string; readonly reason: string; readonly forMs: number },
    request: SignedRequest,
  ): Promise<JsonObject>;
  /** @throws `not_found`, `conflict`, `evidence_unavailable` */
  lift(id: string, reason: string, request: SignedRequest): Promise<JsonObject>;
}
