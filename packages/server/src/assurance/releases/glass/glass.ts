import {
  type AgentRecord,
  GLASS_REVIEW_MS,
  GLASS_ROLE,
  GLASS_SIGNERS,
  type GlassReview,
  type GlassStatement,
  type ReleaseRole,
  type RenderedRow,
  renderedDigest,
  type StateChange,
} from "@narrowgate/contracts";
import { canonicalJson } from "@narrowgate/kernel";
import { nodeSha256 } from "../../../platform/crypto-hash/sha256.ts";
import { nameOf } from "../drift.ts";
import { digestsOf, rowsOf } from "../proposal.ts";
import { rowOf, type StoredProposal } from "../stored-proposal.ts";

/** Room of the state table that holds each break-glass. */
export const GLASS_ROOM = "release-glass";

/** One agent let through for a short time without a release: asked for, signed by two, over, reviewed. */
export interface Glass {
  /** What would run, as for a release; its own state says nothing. */
  readonly proposal: StoredProposal;
  readonly reason: string;
  readonly seconds: number;
  /** `withdrawn`: ended with its agent, before it was opened. */
  readonly state: "asked" | "refused" | "withdrawn" | "open" | "ended";
  readonly untilMs?: number;
  readonly endedAtMs?: number;
  readonly review?: GlassFindings;
}

/** What somebody found who looked at it afterwards. */
export interface GlassFindings {
  readonly role: string;
  readonly person: string;
  readonly name: string;
  readonly findings: string;
  readonly atMs: number;
}

/** The row that keeps it. */
export function glassRow({ proposal, review, ...rest }: Glass): StateChange {
  const { value } = rowOf(proposal);
  const kept = {
    ...rest,
    proposal: value ?? null,
    ...(review === undefined ? {} : { review: { ...review } }),
  };
  return { room: GLASS_ROOM, key: proposal.id, value: kept };
}

/** Whether tokens are minted for it now. */
export function isOpenGlass({ state, untilMs = 0 }: Glass, nowMs: number): boolean {
  return state === "open" && nowMs < untilMs;
}

/** Whether people may still sign it. */
export function isAskedGlass({ state, proposal }: Glass, nowMs: number): boolean {
  return state === "asked" && nowMs < proposal.notAfterMs;
}

/** INVARIANT: while this holds of an agent, none of its break-glasses is asked for, signed or opened. @see docs/spec/release.md R-26 */
export function isStopped({ state }: Pick<AgentRecord, "state">): boolean {
  return state === "suspended" || state === "retired";
}

/** When it was over; undefined while it is not, or where it never was open. */
export function endOf({ state, untilMs, endedAtMs }: Glass, nowMs: number): number | undefined {
  if (state === "ended") return endedAtMs;
  // One that never was open has no time at which it ends.
  return untilMs !== undefined && untilMs <= nowMs ? untilMs : undefined;
}

/** By when it has to be reviewed; undefined where nothing waits for a review. */
export function reviewDue(glass: Glass, nowMs: number): number | undefined {
  const end = endOf(glass, nowMs);
  return end === undefined || glass.review !== undefined ? undefined : end + GLASS_REVIEW_MS;
}

/** INVARIANT: while this holds of one of an agent's, no further one is asked for or opens. @see docs/spec/release.md R-25 */
export function waitsForReview(glass: Glass, nowMs: number): boolean {
  return reviewDue(glass, nowMs) !== undefined;
}

/** Whether those who signed are enough: two people, one of them for security. */
export function isSignedBy(roles: readonly string[]): boolean {
  return roles.length >= GLASS_SIGNERS && roles.includes(GLASS_ROLE);
}

/** What each who may sign is shown: typed fields alone. */
export function glassRows({ proposal, reason, seconds }: Glass): readonly RenderedRow[] {
  const { agent, manifest } = proposal;
  const tools = manifest.tools.map(({ server, kind, name, dataClass, effect, egress }) => ({
    label: "May call",
    value: `${server} ${kind} ${name}: ${effect}, ${dataClass}${egress ? ", sends data out" : ""}`,
  }));
  return [
    { label: "Break-glass", value: `${agent} acts without a release that four have signed` },
    { label: "Reason", value: reason },
    { label: "For", value: `${seconds} seconds from the second signature` },
    ...rowsOf(proposal),
    { label: "Ceiling", value: canonicalJson(manifest.ceiling) },
    ...tools,
  ];
}

/** The statement of one answer to what was asked. */
export function glassStatement(
  glass: Glass,
  kind: GlassStatement["kind"],
  role: ReleaseRole,
): GlassStatement {
  const { proposal, seconds } = glass;
  return {
    v: 1,
    kind,
    id: proposal.id,
    nonce: proposal.nonce,
    ...digestsOf(proposal),
    rendered: renderedDigest(nodeSha256, glassRows(glass)),
    role,
    seconds,
    not_after: proposal.notAfterMs,
  };
}

/** A call under a break-glass, as its reviewer is shown it. */
export interface ReviewedCall {
  readonly atMs: number;
  readonly txn: string;
  readonly what: string;
  readonly outcome: string;
}

/** What its reviewer is shown. @param total - of all calls that changed something */
export function reviewRows(
  { proposal, reason, untilMs = 0, endedAtMs }: Glass,
  calls: readonly ReviewedCall[],
  total: number,
): readonly RenderedRow[] {
  const at = (ms: number): string => new Date(ms).toISOString();
  return [
    { label: "Break-glass", value: `${proposal.agent} acted without a release that four have signed` },
    { label: "Reason", value: reason },
    { label: "Asked by", value: proposal.author.name },
    { label: "Signed by", value: proposal.given.map(({ name, role }) => `${name} (${role})`).join(", ") },
    { label: "Ended", value: at(endedAtMs ?? untilMs) },
    { label: "Deployment", value: nameOf(proposal) },
    { label: "Calls that changed something", value: String(total) },
    ...calls.map(({ atMs, txn, what, outcome }) => ({
      label: at(atMs),
      value: `${what}: ${outcome}, in ${txn}`,
    })),
  ];
}

/** The statement of a review. */
export function reviewStatement(
  { proposal }: Glass,
  rows: readonly RenderedRow[],
  { role, findings }: Pick<GlassReview, "role" | "findings">,
): GlassReview {
  return {
    v: 1,
    kind: "review_glass",
    id: proposal.id,
    nonce: proposal.nonce,
    deployment: nameOf(proposal),
    rendered: renderedDigest(nodeSha256, rows),
    role,
    findings,
  };
}
