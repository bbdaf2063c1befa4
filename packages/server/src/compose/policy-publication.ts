import { errorRow } from "@narrowgate/contracts";
import { createPublication, type Publication } from "../policy-bundles/index.ts";
import type { Foundation } from "./open-foundation.ts";

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
        report({ kind: "admin", detail: "a proposal of policies could not be recorded", cause });
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
