import {
  formatReleaseStatement,
  keptBack,
  type ReleaseChange,
  type RenderedRow,
} from "@narrowgate/contracts";
import { fromUtf8, type JsonObject } from "@narrowgate/kernel";
import { lapsedRoles } from "./eligibility.ts";
import { digestsOf, missingRoles, rowsOf, statementOf } from "./proposal.ts";
import { addressOf, isOpen, type ReleaseRoom } from "./room.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** What the page of a proposal shows. */
export type DescribedRelease =
  | {
      readonly state: "open";
      readonly id: string;
      readonly rows: readonly RenderedRow[];
      readonly rpId: string;
      readonly given: readonly { readonly role: string; readonly name: string }[];
      /** For each role that is missing, the two statements it can sign: canonical JSON. */
      readonly choices: readonly { readonly role: string; readonly sign: string; readonly refuse: string }[];
      readonly notAfterMs: number;
    }
  | { readonly state: "active" | "past" | "refused" | "withdrawn" | "expired" };

/** A canary is in force for whoever signed it; one that is open and cannot be signed has expired. */
const SHOWN = {
  open: "expired",
  active: "active",
  canary: "active",
  past: "past",
  refused: "refused",
  withdrawn: "withdrawn",
} as const;

/** What its page shows; undefined for a handle nobody was given. */
export function describeRelease(room: ReleaseRoom, handle: string): DescribedRelease | undefined {
  const proposal = room.table.byHandle(handle);
  const { place } = room.ports;
  if (proposal === undefined || place === undefined) return undefined;
  if (!isOpen(room, proposal)) return { state: SHOWN[proposal.state] };
  const text = (kind: "sign_release" | "refuse_release", role: (typeof missing)[number]): string =>
    fromUtf8(formatReleaseStatement(statementOf(proposal, kind, role)));
  const missing = missingRoles(proposal);
  return {
    state: "open",
    id: proposal.id,
    rows: rowsOf(proposal),
    rpId: place.rpId,
    given: proposal.given.map(({ role, name }) => ({ role, name })),
    choices: missing.map((role) => ({
      role,
      sign: text("sign_release", role),
      refuse: text("refuse_release", role),
    })),
    notAfterMs: proposal.notAfterMs,
  };
}

/** A proposal as the admin API gives it. */
export function releaseJson(room: ReleaseRoom, proposal: StoredProposal): JsonObject {
  const url = addressOf(room, proposal);
  const digests = digestsOf(proposal);
  const isSignable = isOpen(room, proposal);
  const diff: readonly ReleaseChange[] = proposal.diff;
  return {
    id: proposal.id,
    agent: proposal.agent,
    state: proposal.state === "open" && !isSignable ? "expired" : proposal.state,
    release: digests.release,
    deployment: digests.deployment,
    readiness: digests.readiness,
    profile: { name: proposal.profile.name, version: proposal.profile.version },
    environment: proposal.deployment.environment,
    author: proposal.author.name,
    proposed_at: proposal.proposedAtMs,
    not_after: proposal.notAfterMs,
    signed: proposal.given.map(({ role, name }) => ({ role, name })),
    missing: [...missingRoles(proposal)],
    lapsed: [...lapsedRoles(proposal, room.ports.signers)],
    blocking: [...keptBack(proposal.evaluation)],
    ready: proposal.evaluation.verdict,
    diff: [...diff],
    ...(proposal.share === undefined ? {} : { share: proposal.share }),
    ...(proposal.promotedOn === undefined ? {} : { promoted_on: proposal.promotedOn }),
    ...(url === undefined || !isSignable ? {} : { url }),
  };
}
