import type { LeafDraft, ReleaseBody } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { digestsOf, type Proposal } from "./proposal.ts";

type Own = Pick<
  ReleaseBody,
  "not_after" | "person" | "credential" | "role" | "operator" | "evaluation" | "share" | "until"
>;

/** A leaf about a proposal. @see docs/spec/evidence.md section 4 (`release`) */
export function leafOf(
  proposal: Proposal,
  action: ReleaseBody["action"],
  own: Own,
  sealed: Pick<LeafDraft, "id" | "proof" | "content"> = {},
): LeafDraft {
  const { release, deployment, profile } = digestsOf(proposal);
  const body: JsonObject = {
    action,
    proposal: proposal.id,
    release,
    deployment,
    profile,
    readiness: proposal.readiness,
    ...own,
  };
  return { type: "release", agent: proposal.agentRef, body, ...sealed };
}
