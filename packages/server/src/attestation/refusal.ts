import type { ErrorCode } from "@narrowgate/contracts";
import type { Refusal } from "./ports.ts";

/** Makes a refusal; without a description the catalogue's sentence is shown. */
export function refuse(code: ErrorCode, description?: string): Refusal {
  return { kind: "refused", code, ...(description === undefined ? {} : { description }) };
}

/** Is this result a refusal? */
export function isRefusal(value: object): value is Refusal {
  return "kind" in value && value.kind === "refused";
}
