import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";

/** Refuses input that is not an authority; `path` is the JSON pointer shown to the sender. */
export function refuseMalformed(path: string, rule: string): never {
  throw new NarrowgateError("malformed_authority", `${path === "" ? "the document" : path}: ${rule}`);
}

/**
 * Runs a reader, and reports whatever it refuses under the one code of this room.
 * @throws NarrowgateError `malformed_authority`
 */
export function asAuthorityInput<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isNarrowgateError(error) && error.code === "malformed_input") {
      throw new NarrowgateError("malformed_authority", error.publicMessage, { cause: error });
    }
    throw error;
  }
}
