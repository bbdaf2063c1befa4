import { createHmac, randomBytes } from "node:crypto";
import { equalBytes } from "@narrowgate/kernel";

/** Whose place in which list. */
export interface CursorHolder {
  /** Server id. */
  readonly server: string;
  /** Method of the list. */
  readonly method: string;
  /** Thumbprint of the caller's key. */
  readonly jkt: string;
}

/** Places in the lists of upstreams, as callers hold them. */
export interface ListCursors {
  /** What the caller is given in place of the upstream's own. */
  seal(holder: CursorHolder, cursor: string): string;
  /** The upstream's own; undefined where this caller was never given it. Trust: `sealed` is attacker-controlled. */
  open(holder: CursorHolder, sealed: string): string | undefined;
}

/** Characters of 32 bytes in base64url. */
const MAC_CHARS = 43;

/**
 * Makes sealed cursors.
 * INVARIANT: no text of a caller's choosing reaches an upstream with a list: no policy decides lists, so what was read could
 * leave that way. A restart makes earlier ones void.
 */
export function createListCursors(): ListCursors {
  const key = randomBytes(32);
  const macOf = ({ server, method, jkt }: CursorHolder, cursor: string): Buffer =>
    createHmac("sha256", key)
      .update(JSON.stringify([server, method, jkt, cursor]))
      .digest();
  return {
    seal: (holder, cursor) => `${macOf(holder, cursor).toString("base64url")}${cursor}`,
    open(holder, sealed) {
      const cursor = sealed.slice(MAC_CHARS);
      const mac = Buffer.from(sealed.slice(0, MAC_CHARS), "base64url");
      return equalBytes(mac, macOf(holder, cursor)) ? cursor : undefined;
    },
  };
}
