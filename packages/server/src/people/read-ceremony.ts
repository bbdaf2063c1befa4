import { readObject, readString } from "@narrowgate/kernel";
import type { AssertionResponse } from "../platform/webauthn/index.ts";

const MAX_CHARS = 8192;

/** Reads base64url of bounded length. Trust: attacker-controlled. @throws NarrowgateError `malformed_input` */
export function readBase64url(value: unknown, path: string, max: number = MAX_CHARS): string {
  return readString(value, path, { min: 1, max, pattern: /^[A-Za-z0-9_-]+$/ });
}

/** Reads what a page sends when a passkey was used. @throws NarrowgateError `malformed_input` */
export function readAssertion(body: unknown): AssertionResponse {
  const sent = readObject(body, "", ["id", "client_data", "authenticator_data", "signature"]);
  return {
    id: readBase64url(sent.id, "/id"),
    clientData: readBase64url(sent.client_data, "/client_data"),
    authenticatorData: readBase64url(sent.authenticator_data, "/authenticator_data"),
    signature: readBase64url(sent.signature, "/signature"),
  };
}
