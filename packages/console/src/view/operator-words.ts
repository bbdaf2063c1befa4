import type { NamedOperator } from "@narrowgate/contracts";
import { visibleText } from "./visible-text.ts";

/** An operator by name, else by ref; the gate itself where there is none. */
export function operatorWords(operator: NamedOperator | undefined): string {
  return operator === undefined ? "the gate itself" : visibleText(operator.name ?? operator.ref);
}
