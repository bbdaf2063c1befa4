import type { LeafDraft } from "@narrowgate/contracts";
import { canonicalJson } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { StateRow } from "../platform/store/store.ts";
import { draftRefused } from "./errors.ts";
import { ROOM_EVIDENCE } from "./rooms.ts";

/** What the revocations so far come to: number, chained digest, and the epoch that covers everything. */
export interface Feed {
  readonly position: number;
  /** `H(previous digest ‖ canonical [kind, id, epoch])`; the empty text before the first. */
  readonly digest: string;
  /** Current epoch of kind `all`. */
  readonly all: number;
}

/** The feed of a new log. */
export const EMPTY_FEED: Feed = { position: 0, digest: "", all: 0 };

/**
 * The feed after one more revocation.
 * @throws `internal_error` when the draft does not carry the next position
 * @see docs/spec/evidence.md E-14
 */
export function advanceFeed(feed: Feed, draft: LeafDraft): Feed {
  const { feed: position, kind, id, epoch } = draft.body;
  if (position !== feed.position + 1) throw draftRefused("a revocation must carry the next feed position");
  if (typeof kind !== "string" || typeof id !== "string" || typeof epoch !== "number") {
    throw draftRefused("a revocation names kind, id and epoch");
  }
  return {
    position,
    digest: sha256Base64url(feed.digest + canonicalJson([kind, id, epoch])),
    all: kind === "all" ? Math.max(feed.all, epoch) : feed.all,
  };
}

/** The row that remembers the feed. */
export function feedRow({ position, digest, all }: Feed): StateRow {
  return { room: ROOM_EVIDENCE, key: "feed", value: canonicalJson({ position, digest, all }) };
}
