import { type Call, covers, parseAuthority, type Violation } from "@narrowgate/authority";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";

const MAX_SHOWN = 240;

/** JSON of a value of the token, on one line and bounded. */
function shown(value: JsonValue | undefined): string {
  const text = JSON.stringify(value ?? null).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "?");
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}

function excess({ dimension, path, parent, child }: Violation): string {
  switch (dimension) {
    case "constraint":
      return `${path} has to be ${shown(parent)}`;
    case "operation":
      return `${shown(child)} was called, and ${shown(parent)} is allowed`;
    case "data_class":
      return `what was called is of class ${shown(child)}, and ${shown(parent)} is allowed`;
    case "server":
      return `server ${shown(child)} was called, and ${shown(parent)} is allowed`;
    default:
      return `no detail of it is for a ${typeof child === "string" ? child : "call"} at all`;
  }
}

/**
 * Which constraint a call broke, what it asked for and what is allowed, and whether the mandate or a hop below it says so.
 * Trust: for the caller to read. Arguments are not quoted, for they may be secret; what is quoted stands in the token.
 * @param mandate - wire form of the mandate's authority
 */
export function sayViolation(violation: Violation, call: Call, mandate: JsonObject): string {
  const isNarrowed = covers(parseAuthority(mandate), call).kind === "covered";
  const where = isNarrowed
    ? "the mandate would allow it; a hop below it narrowed the token"
    : "the mandate does not allow it either";
  return `This call is outside the authority of the token: ${excess(violation)} (${where}).`;
}
