import { fromBase64, fromUtf8, isNarrowgateError, toBase64, utf8 } from "@narrowgate/kernel";

const prefix = "=?base64?";
const suffix = "?=";
// What a header may carry as it stands: visible ASCII, space and tab (RFC 9110 section 5.5).
const plain = /^[\x20-\x7e\t]*$/;

/**
 * Reads a header value that mirrors a member of the body.
 * Trust: the value is the client's.
 * @returns undefined when it holds characters no header may hold, or is not the base64 its marker promises
 * @see MCP 2026-07-28, Streamable HTTP, value encoding
 */
export function decodeHeaderValue(value: string): string | undefined {
  if (!plain.test(value)) return undefined;
  if (!value.startsWith(prefix) || !value.endsWith(suffix)) return value;
  try {
    return fromUtf8(fromBase64(value.slice(prefix.length, -suffix.length)));
  } catch (e) {
    if (isNarrowgateError(e)) return undefined;
    throw e;
  }
}

/** Writes a header value so that {@link decodeHeaderValue} gives `text` back. */
export function encodeHeaderValue(text: string): string {
  const isSafe =
    plain.test(text) && text.trim() === text && !(text.startsWith(prefix) && text.endsWith(suffix));
  return isSafe ? text : `${prefix}${toBase64(utf8(text))}${suffix}`;
}
