import { type Sha256, type Sha256Text, toSha256Text, utf8 } from "@narrowgate/kernel";
import { digest, id, id16, integer, oneOf, refuseInput } from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";

/** Policies that only forbid, put over all others for a while, or taken away before their end. */
export type OverlayBody = {
  readonly action: "put" | "lifted";
  /** Digest of the text. */
  readonly digest: string;
  /** Unix milliseconds from which it does not count any more; exactly with `put`. */
  readonly until?: number;
  /** Leaf id of what is lifted; exactly with `lifted`. */
  readonly overlay?: string;
  readonly operator: string;
};

const overlayShape = shape<OverlayBody>({
  action: oneOf(["put", "lifted"]),
  digest,
  until: optional(integer()),
  overlay: optional(id16),
  operator: id,
});

/** @throws NarrowgateError `malformed_input` */
export const readOverlay: Reader<OverlayBody> = (value, path) => {
  const body = overlayShape(value, path);
  const isPut = body.action === "put";
  if ((body.until !== undefined) !== isPut) refuseInput(`${path}/until`, "stands exactly with `put`");
  if ((body.overlay !== undefined) === isPut) refuseInput(`${path}/overlay`, "stands exactly with `lifted`");
  return body;
};

/** The digest of the text of an overlay. @see docs/spec/evidence.md E-37 */
export function overlayDigest(sha256: Sha256, text: string): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/overlay/v1\n${text}`)));
}
