import type { ToolRecord } from "@narrowgate/contracts";

/** A registered operation with the usual values. */
export function operation(name: string, over: Partial<ToolRecord> = {}): ToolRecord {
  return { name, dataClass: "internal", effect: "read", egress: false, scope: "test:use", ...over };
}
