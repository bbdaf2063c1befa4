import type { MandateDocument } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { MandatePorts } from "./ports.ts";

/**
 * Checks that each tool a task says it needs exists. A mistyped one would let the mandate open and refuse every call under
 * it, which reads like a denial by policy.
 * @throws `invalid_request` naming the tool, and what may have been meant
 */
export function checkIntent({ intent }: MandateDocument, ports: Pick<MandatePorts, "unknownTool">): void {
  for (const [i, name] of (intent?.tools ?? []).entries()) {
    const why = ports.unknownTool(name);
    if (why !== undefined) throw new NarrowgateError("invalid_request", `/intent/tools/${i}: ${why}`);
  }
}
