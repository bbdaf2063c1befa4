import { NarrowgateError } from "@narrowgate/kernel";

/** Refuses bytes or text that are not in the format named by `what`. */
export function refuse(what: string): never {
  throw new NarrowgateError("malformed_input", what);
}
