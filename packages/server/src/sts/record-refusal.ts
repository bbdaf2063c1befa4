import { ERROR_CATALOGUE } from "@narrowgate/contracts";
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
  if (
    (outcome.at === "record" && refusal.code !== "revoked") ||
    !isAuthenticated(reached) ||
    !ERROR_CATALOGUE[refusal.code].audited
  )
    return;
  const source = isSourced(reached) ? reached.source : undefined;
  const mandate = source?.opening === undefined ? source?.mandate : undefined;
  // A transaction that ended meanwhile takes no further decision (evidence.md E-13).
  const txn =
    mandate !== undefined && ports.mandates.mandate(mandate.id)?.state === "open" ? mandate.txn : undefined;
  const { policy, procedure } = ports.policyInForce();
  await ports.evidence.record([
    {
      type: "decision",
      ...(txn === undefined ? {} : { txn }),
      agent: reached.client.ref,
      body: {
        action: source?.mode === "root" || source === undefined ? "mint" : "exchange",
        verdict: "refuse",
        code: refusal.code,
        policy,
        procedure,
        feed: ports.epochs.position(),
        ...(source?.parent === undefined ? {} : { token: tokenName(source.parent.claims.jti) }),
        use: reached.proof.use,
        ...(mandate === undefined ? {} : { mandate: mandate.id }),
        instance: reached.instance.ref,
      },
      proof: proofPart(reached, reached.url),
      content: {
        request: Object.fromEntries(
          [...reached.request.params].filter(
            ([name]) => name === "scope" || name === "authorization_details" || name === "mandate",
          ),
        ),
        policies: [],
        reason: refusal.description ?? ERROR_CATALOGUE[refusal.code].sentence,
      },
    },
  ]).durable;
}
