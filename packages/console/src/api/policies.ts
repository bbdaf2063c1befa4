import {
  type DecisionRows,
  type OverlayTexts,
  type PolicySurroundings,
  type PolicyVersion,
  type PolicyVersions,
  readDecisionRows,
  readOverlayTexts,
  readPolicySurroundings,
  readPolicyVersion,
  readPolicyVersions,
  readShadowReport,
  type ShadowReport,
} from "@narrowgate/contracts";
import { getJson, type Outcome } from "./outcome.ts";

/** Inputs of decisions, and a registry, are larger than other answers. */
const large = { maxBytes: 64 * 1024 * 1024, maxKeys: 4_000_000 };

/** The newest versions of the policies, newest first. */
export function listPolicyVersions(signal: AbortSignal): Promise<Outcome<PolicyVersions>> {
  return getJson("/api/policies", (value) => readPolicyVersions(value, ""), signal);
}

/** One version with its files; that it was read goes on record. */
export function readPolicies(version: number, signal: AbortSignal): Promise<Outcome<PolicyVersion>> {
  return getJson(`/api/policies/${version}`, (value) => readPolicyVersion(value, ""), signal, large);
}

/** What the candidate beside the policies in force said so far. */
export function readShadow(signal: AbortSignal): Promise<Outcome<ShadowReport>> {
  return getJson("/api/policy-shadow", (value) => readShadowReport(value, ""), signal);
}

/** Who is registered, and what there is to call. */
export function readSurroundings(signal: AbortSignal): Promise<Outcome<PolicySurroundings>> {
  return getJson("/api/policy-surroundings", (value) => readPolicySurroundings(value, ""), signal, large);
}

/** Texts of overlays that decisions may name; that they were read goes on record. */
export function readOverlays(signal: AbortSignal): Promise<Outcome<OverlayTexts>> {
  return getJson("/api/overlays", (value) => readOverlayTexts(value, ""), signal, large);
}

/** A stretch of recorded decisions; that they were read goes on record. */
export function readDecisions(
  { sinceMs, from }: { readonly sinceMs: number; readonly from: number | undefined },
  signal: AbortSignal,
): Promise<Outcome<DecisionRows>> {
  const next = from === undefined ? "" : `&from=${from}`;
  const path = `/api/decisions?since=${sinceMs}${next}`;
  return getJson(path, (value) => readDecisionRows(value, ""), signal, large);
}
