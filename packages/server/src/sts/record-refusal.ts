import { ERROR_CATALOGUE, type ErrorCode, type LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Refusal } from "./outcome.ts";
import type { StsPorts } from "./ports.ts";
import type { Authenticated, Sourced } from "./stages.ts";
import { proofPart } from "./steps/decide-and-record.ts";
import { tokenName } from "./steps/prepare-token.ts";

function isAuthenticated(stage: object): stage is Authenticated {
  return "client" in stage && "instance" in stage && "proof" in stage;
}

function isSourced(stage: Authenticated): stage is Sourced {
  return "source" in stage;
}

/** What the policy step refuses without a leaf of its own: taken away while the request was under way. */
const WITHDRAWN: readonly ErrorCode[] = ["revoked", "agent_inactive"];

function contentOf(stage: Authenticated, refusal: Refusal): JsonObject {
  const shown = ["scope", "authorization_details", "mandate"];
  return {
    request: Object.fromEntries([...stage.request.params].filter(([name]) => shown.includes(name))),
    policies: [],
    reason: refusal.description ?? ERROR_CATALOGUE[refusal.code].sentence,
  };
}

function draftOf(stage: Authenticated, refusal: Refusal, ports: StsPorts): LeafDraft {
  const source = isSourced(stage) ? stage.source : undefined;
  const mandate = source?.opening === undefined ? source?.mandate : undefined;
  // A transaction that ended meanwhile takes no further decision (evidence.md E-13).
  const isOpen = mandate !== undefined && ports.mandates.mandate(mandate.id)?.state === "open";
  return {
    type: "decision",
    ...(isOpen ? { txn: mandate.txn } : {}),
    agent: stage.client.ref,
    body: {
      action: source === undefined || source.mode === "root" ? "mint" : "exchange",
      verdict: "refuse",
      code: refusal.code,
      ...ports.policyInForce(),
      feed: ports.epochs.position(),
      ...(source?.parent === undefined ? {} : { token: tokenName(source.parent.claims.jti) }),
      use: stage.proof.use,
      ...(mandate === undefined ? {} : { mandate: mandate.id }),
      instance: stage.instance.ref,
    },
    proof: proofPart(stage, stage.url),
    content: contentOf(stage, refusal),
  };
}

/**
 * Puts a refused exchange on record when it can be attributed to an authenticated agent.
 * Who could not be authenticated leaves no leaf: otherwise anybody could fill the log.
 * The policy step records its own refusals.
 */
export async function recordRefusal(
  outcome: { readonly refusal: Refusal; readonly at: string; readonly reached: object },
  ports: StsPorts,
): Promise<void> {
  const { refusal, reached } = outcome;
  const recorded = outcome.at === "record" && !WITHDRAWN.includes(refusal.code);
  if (recorded || !isAuthenticated(reached) || !ERROR_CATALOGUE[refusal.code].audited) return;
  await ports.evidence.record([draftOf(reached, refusal, ports)]).durable;
}
