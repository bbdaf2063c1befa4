import type { JsonObject } from "@narrowgate/kernel";

/**
 * An agent as a registry file has it: joined by a code, and answered for by the same two people in every scenario.
 * @param details - of its ceiling
 * @param more - what it has beside that, or instead of it
 */
export function registeredAgent(
  id: string,
  details: readonly JsonObject[],
  more: JsonObject = {},
): JsonObject {
  return {
    id,
    owner: "owner@example.com",
    deputy: "deputy@example.com",
    purpose: `test agent ${id}`,
    tier: "T2",
    expires: "2099-01-01",
    bindings: [{ method: "enrolment" }],
    ceiling: { authorization_details: details },
    ...more,
  };
}

/** Two of them; `first` may hand on to `second`. */
export function firstAndSecond(details: readonly JsonObject[]): readonly JsonObject[] {
  return [
    registeredAgent("first", details, { delegates: ["second"] }),
    registeredAgent("second", details, { delegates: [] }),
  ];
}
