import type { ErrorCode, InputAttribute } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Obligations } from "@narrowgate/policy";
import { mapEvaluation, type Surroundings } from "./map-evaluation.ts";
import type { AuthzenPorts } from "./ports.ts";
import type { ReadEvaluation } from "./read-evaluation.ts";

/** What came of one question, and all it depended on. */
export interface Verdict {
  /** Absent in a permit. */
  readonly code?: ErrorCode;
  readonly policies: readonly string[];
  readonly reason: string;
  readonly policy: string;
  readonly procedure: string;
  readonly inputs: readonly InputAttribute[];
  readonly requires?: readonly string[];
  readonly obligations?: Obligations;
  /** The question on one line. */
  readonly asked: string;
}

type InForce = ReturnType<AuthzenPorts["policies"]>;

function unread(reason: string, { compiled, procedure }: InForce): Verdict {
  return {
    code: "malformed_input",
    policies: [],
    reason,
    policy: compiled.digest,
    procedure,
    inputs: [],
    asked: "an evaluation that cannot be read",
  };
}

/**
 * Decides one question by the profile's policies. Never throws on a denial: what cannot be read, and what the profile does
 * not know, is refused.
 */
export function decideEvaluation(
  evaluation: ReadEvaluation,
  inForce: InForce,
  surroundings: Surroundings,
): Verdict {
  if ("fault" in evaluation) return unread(evaluation.fault, inForce);
  const { compiled, procedure, overlays } = inForce;
  const { subject, action, resource } = evaluation;
  try {
    const { request, inputs } = mapEvaluation(evaluation, surroundings, overlays);
    const { verdict, code, policies, reason, requires, obligations } = compiled.decide(request);
    return {
      ...(verdict === "allow" ? {} : { code: code ?? "policy_denied" }),
      policies,
      reason,
      policy: compiled.digest,
      procedure,
      inputs,
      ...(requires === undefined ? {} : { requires }),
      ...(obligations === undefined ? {} : { obligations }),
      asked: `${subject.type} ${subject.id}: ${action.name} ${resource.type} ${resource.id}`,
    };
  } catch (error) {
    if (!(error instanceof NarrowgateError) || error.code !== "malformed_input") throw error;
    return unread(error.publicMessage, inForce);
  }
}
