import type { KnownIntent, MandateIntent } from "@narrowgate/contracts";

/** A mandate's intent as policies read it. @see docs/spec/evidence.md E-33 */
export function intentInContext(intent: MandateIntent | undefined): KnownIntent {
  return {
    case: intent?.case ?? "",
    declared: intent !== undefined,
    resources: intent?.resources ?? [],
    tools: intent?.tools ?? [],
  };
}
