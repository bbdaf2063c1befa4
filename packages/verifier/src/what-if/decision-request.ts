import { rebuildRequest } from "@narrowgate/contracts";
import type { DecisionRequest } from "@narrowgate/policy";
import type { DecidedInput } from "../deciding-key.ts";
import { readRequest } from "../read-request.ts";

/** The request of a decision as policy sees it. @throws NarrowgateError `malformed_input`, `malformed_authority` */
export function decisionRequestOf(inputs: readonly DecidedInput[]): DecisionRequest {
  return readRequest(rebuildRequest(inputs)).request;
}
