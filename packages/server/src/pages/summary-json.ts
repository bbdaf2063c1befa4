import type { JsonObject } from "@narrowgate/kernel";
import type { TransactionSummary } from "./ports.ts";

/** A line of the list as it is answered: what was erased is left out. */
export function summaryJson({ subject, purpose, agents, ...rest }: TransactionSummary): JsonObject {
  return {
    ...rest,
    agents: [...agents],
    ...(subject === undefined ? {} : { subject }),
    ...(purpose === undefined ? {} : { purpose }),
  };
}
