import { errorRow } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import { createPublication, type Publication } from "../policy-bundles/index.ts";
import type { Foundation } from "./open-foundation.ts";

/** A leaf names the policies in force, so the proposal of the first ones can have none; all else is a failure. */
function whyUnrecorded(
  cause: unknown,
  { digest, operator }: { readonly digest: string; readonly operator: string },
): { readonly detail: string; readonly cause?: unknown } {
  return isNarrowgateError(cause) && cause.code === "policy_missing"
    ? {
        detail: `the first policies are proposed (${digest}) by operator ${operator}; this line alone says so, and no leaf`,
      }
    : { detail: "a proposal of policies could not be recorded", cause };
}

/**
 * In production author and approver of policies are different operators. What the author signed stands in the leaf of her
 * refused request, what the approver signed in the `policy` leaf. Before any policies are in force there is nothing a
 * refusal could name, and the report alone tells of the proposal.
 */
export function openPublication({
  clock,
  config,
  containment,
  evidence,
  policies,
  report,
}: Foundation): Publication {
  return createPublication({
    clock,
    needsTwo: config.environment === "prod",
    recordProposal(digest, { operator, jws }) {
      const failed = (cause: unknown): void =>
        report({ kind: "admin", ...whyUnrecorded(cause, { digest, operator }) });
      try {
        const { compiled, procedure } = policies.current();
        const request = { method: "POST", path: "/registry/apply", proposes: digest, operator, signed: jws };
        const { durable } = evidence.record([
          {
            type: "decision",
            body: {
              action: "admin",
              verdict: "refuse",
              code: "conflict",
              policy: compiled.digest,
              procedure,
              feed: containment.position(),
            },
            content: { request, policies: [], reason: errorRow("conflict").sentence },
          },
        ]);
        durable.catch(failed);
      } catch (cause) {
        failed(cause);
      }
    },
  });
}
