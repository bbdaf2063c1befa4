import { canonicalBytes, type Sha256, type Sha256Text, toSha256Text } from "@narrowgate/kernel";
import { id16, integer, jsonObject, literal, refuseInput, sortedSetOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import type { MandateDocument, MandateIntent } from "./mandate.ts";

const intentShape = shape<MandateIntent>({
  case: optional(text({ min: 1, max: 256 })),
  tools: optional(
    sortedSetOf(text({ min: 3, max: 257, pattern: /^[\x21-\x7e]+\/[\x21-\x7e]+$/ }), { min: 1, max: 256 }),
  ),
  resources: optional(sortedSetOf(text({ min: 1, max: 1024 }), { min: 1, max: 256 })),
});

const readIntent: Reader<MandateIntent> = (value, path) => {
  const intent = intentShape(value, path);
  if (Object.keys(intent).length === 0) refuseInput(path, "must name a case, tools or resources");
  return intent;
};

const readDocument = shape<MandateDocument>({
  v: literal(1),
  salt: id16,
  agent: text({ min: 1, max: 128, pattern: /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/ }),
  subject: text({ min: 1, max: 1024 }),
  purpose: text({ min: 1, max: 1024 }),
  intent: optional(readIntent),
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

/** Digest of an intent: what a token carries of it (token.md T-7). */
export function intentDigest(sha256: Sha256, intent: MandateIntent): Sha256Text {
  return toSha256Text(sha256(canonicalBytes(intent)));
}
