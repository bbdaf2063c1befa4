import { canonicalBytes, type Sha256, type Sha256Text, toSha256Text } from "@narrowgate/kernel";
import { id16, integer, jsonObject, literal, text } from "../reading/readers.ts";
import { shape } from "../reading/shape.ts";
import type { MandateDocument } from "./mandate.ts";

const readDocument = shape<MandateDocument>({
  v: literal(1),
  salt: id16,
  agent: text({ min: 1, max: 128, pattern: /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/ }),
  subject: text({ min: 1, max: 1024 }),
  purpose: text({ min: 1, max: 1024 }),
  authority: jsonObject,
  expires: integer(),
  idleSeconds: integer({ min: 1 }),
});

/**
 * Reads a mandate document. Its authority is parsed by the authority package.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 */
export function parseMandateDocument(value: unknown): MandateDocument {
  return readDocument(value, "");
}

/** Digest of the canonical document: the `nonce` that the subject signs. */
export function mandateDigest(sha256: Sha256, document: MandateDocument): Sha256Text {
  return toSha256Text(sha256(canonicalBytes(document)));
}
