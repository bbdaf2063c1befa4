import { type Refusal, refuse } from "../outcome.ts";
import type { Parsed } from "../stages.ts";
import { GRANTS } from "./parse-request.ts";

const SUPPORTED = new Set<string>(Object.values(GRANTS));

/** Is the grant one of ours? @returns `unsupported_grant_type` */
export function checkGrant(stage: Parsed): Parsed | Refusal {
  return SUPPORTED.has(stage.request.grant) ? stage : refuse("unsupported_grant_type");
}
