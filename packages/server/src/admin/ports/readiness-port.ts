import type { PROFILE_NAMES } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { SignedRequest } from "./signed-request.ts";

/** Name of a gate profile. */
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** Evaluations and waivers, as the admin API sees them. */
export interface ReadinessPort {
  /** Facts of the newest evaluation since the start. @throws `not_found` */
  newest(agent: string, profile: ProfileName | undefined): Promise<JsonObject>;
  /** Evaluates now, and gives the same. @throws `not_found`, `policy_missing`, `evidence_unavailable` */
  evaluate(agent: string, profile: ProfileName | undefined): Promise<JsonObject>;
  /** The catalogue of controls, drills, questions and clauses. */
  catalogue(): JsonObject;
  waivers(): readonly JsonObject[];
  /** @throws `waiver_refused`, `conflict` */
  askWaiver(waiver: unknown, request: SignedRequest): Promise<JsonObject>;
  /** @throws `waiver_refused`, `not_found`, `conflict` */
  agree(id: string, request: SignedRequest): Promise<JsonObject>;
  /** @throws `not_found`, `conflict` */
  endWaiver(id: string, request: SignedRequest): Promise<JsonObject>;
}
