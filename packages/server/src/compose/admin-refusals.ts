import { type ErrorCode, errorRow } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Instance } from "./instance.ts";
import type { Report } from "./report.ts";

/**
 * Keeps refused requests of operators, within the same bound as those of one instance at the token endpoint. Before the
 * first policies are in force there is nothing a decision could name, and the report alone says it.
 */
export function adminRefusals(
  { sts }: Pick<Instance, "sts">,
  report: Report,
): (refusal: {
  readonly code: ErrorCode;
  readonly method: string;
  readonly path: string;
  /** What else is known of the request. */
  readonly more?: JsonObject;
}) => void {
  const failed = (cause: unknown): void =>
    report({ kind: "admin", detail: "a refused request could not be recorded", cause });
  return ({ code, method, path, more = {} }) => {
    try {
      const { durable } = sts.evidence.record([
        {
          type: "decision",
          body: {
            action: "admin",
            verdict: "refuse",
            code,
            ...sts.policyInForce(),
            feed: sts.epochs.position(),
          },
          content: { request: { ...more, method, path }, policies: [], reason: errorRow(code).sentence },
        },
      ]);
      durable.catch(failed);
    } catch (cause) {
      failed(cause);
    }
  };
}
