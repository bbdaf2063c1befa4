import { intentDigest, type MandateDocument } from "@narrowgate/contracts";
import { nodeSha256 } from "./sha256.ts";

/** Digests by document: one mandate is used for many tokens and calls. */
const known = new WeakMap<MandateDocument, string>();

/**
 * What a token carries of the intent its mandate declares; undefined where the mandate declares none.
 * @see docs/spec/token.md T-7
 */
export function intentClaim(document: MandateDocument): string | undefined {
  if (document.intent === undefined) return undefined;
  const digest = known.get(document) ?? intentDigest(nodeSha256, document.intent);
  known.set(document, digest);
  return digest;
}
