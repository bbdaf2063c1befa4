import { fromBase64url, fromUtf8, isNarrowgateError, parseStrictJson, utf8 } from "@narrowgate/kernel";
import { isMembers, type Members, textMember } from "../fold/opened.ts";

const limits = { maxBytes: 65_536, maxDepth: 32 };

/** Claims of a token out of its sealed signing input; undefined where it is not disclosed or is no token. */
export function claimsOf(proof: unknown): Members | undefined {
  const [, payload] = textMember(proof, "signing_input")?.split(".") ?? [];
  if (payload === undefined) return undefined;
  try {
    const claims = parseStrictJson(utf8(fromUtf8(fromBase64url(payload))), limits);
    return isMembers(claims) ? claims : undefined;
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}
