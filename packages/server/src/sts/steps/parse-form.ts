import { type Refusal, refuse } from "../outcome.ts";

const MAX_PARAMETERS = 32;
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-8"?\s*)?$/i;
const FORM_BYTES = /^[\x21-\x7e]*$/;

/** The parameters of a form, in the order they were sent. */
export type Parameters = readonly (readonly [string, string])[];

/**
 * Reads a form body so that it can be understood in one way only: the media type says what it is, the bytes are those a
 * form is written in, and escapes are UTF-8.
 * Trust: both are attacker-controlled; the size is bounded by the caller.
 * @returns `invalid_request`
 * @see RFC 6749 appendix B; WHATWG URL section 5
 */
export function parseForm(form: string, contentType: string | undefined): Parameters | Refusal {
  if (contentType === undefined || !FORM_TYPE.test(contentType))
    return refuse("invalid_request", "send Content-Type: application/x-www-form-urlencoded");
  if (!FORM_BYTES.test(form)) return refuse("invalid_request", "the form holds bytes that must be escaped");
  const sent = [...new URLSearchParams(form)];
  if (sent.length > MAX_PARAMETERS) return refuse("invalid_request", "too many parameters");
  // What is not UTF-8 is read as the replacement character, so two different bodies would mean the same.
  const isUtf8 = sent.every(([name, value]) => !`${name}${value}`.includes("\ufffd"));
  return isUtf8 ? sent : refuse("invalid_request", "the form is not UTF-8");
}

/** Each parameter once. @returns `invalid_request` for a repeated one */
export function onlyOnce(sent: Parameters): ReadonlyMap<string, string> | Refusal {
  const names = sent.map(([name]) => name);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  return repeated === undefined ? new Map(sent) : refuse("invalid_request", "a parameter is repeated");
}
