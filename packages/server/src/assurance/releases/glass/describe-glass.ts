import { formatGlassStatement, GLASS_REVIEW_ROLES, type RenderedRow } from "@narrowgate/contracts";
import { fromUtf8, type JsonObject } from "@narrowgate/kernel";
import { nameOf } from "../drift.ts";
import type { ReleaseRoom } from "../room.ts";
import {
  endOf,
  type Glass,
  glassRows,
  glassStatement,
  isAskedGlass,
  reviewDue,
  reviewStatement,
} from "./glass.ts";
import { shownCalls } from "./shown-calls.ts";
import { openRoles } from "./sign-glass.ts";

/** What the page of a break-glass shows. */
export type DescribedGlass =
  | {
      /** It waits for signatures, or for its review. */
      readonly state: "asked" | "due";
      readonly rows: readonly RenderedRow[];
      readonly rpId: string;
      readonly given: readonly { readonly role: string; readonly name: string }[];
      /** What each role can sign: canonical JSON; of a review with `findings` empty, to be filled in. */
      readonly choices: readonly { readonly role: string; readonly sign: string; readonly refuse?: string }[];
    }
  | { readonly state: "open" | "refused" | "withdrawn" | "expired" | "reviewed" };

function stateOf(room: ReleaseRoom, glass: Glass): DescribedGlass["state"] {
  if (glass.review !== undefined) return "reviewed";
  if (glass.state === "refused" || glass.state === "withdrawn") return glass.state;
  const nowMs = room.ports.clock.nowMs();
  if (glass.state === "asked") return isAskedGlass(glass, nowMs) ? "asked" : "expired";
  return endOf(glass, nowMs) === undefined ? "open" : "due";
}

/** What its page shows; undefined for a handle nobody was given. */
export async function describeGlass(room: ReleaseRoom, handle: string): Promise<DescribedGlass | undefined> {
  const glass = room.glasses.byHandle(handle);
  const { place } = room.ports;
  if (glass === undefined || place === undefined) return undefined;
  const state = stateOf(room, glass);
  const given = glass.proposal.given.map(({ role, name }) => ({ role, name }));
  if (state === "due") {
    const rows = await shownCalls(room, glass);
    const choices = GLASS_REVIEW_ROLES.map((role) => ({
      role,
      sign: fromUtf8(formatGlassStatement(reviewStatement(glass, rows, { role, findings: "" }))),
    }));
    return { state, rows, rpId: place.rpId, given, choices };
  }
  if (state !== "asked") return { state };
  const text = (kind: "break_glass" | "refuse_glass", role: (typeof roles)[number]): string =>
    fromUtf8(formatGlassStatement(glassStatement(glass, kind, role)));
  const roles = openRoles(glass);
  const choices = roles.map((role) => ({
    role,
    sign: text("break_glass", role),
    refuse: text("refuse_glass", role),
  }));
  return { state, rows: glassRows(glass), rpId: place.rpId, given, choices };
}

/** A break-glass as the admin API gives it. */
export function glassJson(room: ReleaseRoom, glass: Glass): JsonObject {
  const { ports } = room;
  const { proposal, reason, seconds, untilMs, endedAtMs, review } = glass;
  const state = stateOf(room, glass);
  const due = reviewDue(glass, ports.clock.nowMs());
  const isAnswered = state === "asked" || state === "due";
  return {
    id: proposal.id,
    agent: proposal.agent,
    state,
    reason,
    seconds,
    deployment: nameOf(proposal),
    asked_by: proposal.author.name,
    asked_at: proposal.proposedAtMs,
    not_after: proposal.notAfterMs,
    signed: proposal.given.map(({ role, name }) => ({ role, name })),
    ...(untilMs === undefined ? {} : { until: endedAtMs ?? untilMs }),
    ...(due === undefined ? {} : { review_due: due, overdue: due <= ports.clock.nowMs() }),
    ...(review === undefined
      ? {}
      : { review: { name: review.name, role: review.role, findings: review.findings, at: review.atMs } }),
    ...(ports.place === undefined || !isAnswered
      ? {}
      : { url: `${ports.place.origin}/glass#${proposal.handle}` }),
  };
}
