import type { LeafDraft, LeafType } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { ChainHead } from "./chain-heads.ts";
import { draftRefused } from "./errors.ts";
import type { Feed } from "./feed.ts";

const AFTER_CLOSING: ReadonlySet<LeafType> = new Set(["outcome", "unknown", "erasure", "read"]);

/**
 * Checks that a transaction's chain may take the leaf.
 * @throws `internal_error` for another leaf after the closing, or a closing that miscounts
 * @see docs/spec/evidence.md E-13
 */
export function checkClosing(draft: LeafDraft, txn: ChainHead): void {
  if (txn.closedAtMs !== null && !AFTER_CLOSING.has(draft.type)) {
    throw draftRefused(`a ${draft.type} leaf would follow the closing of its transaction`);
  }
  const entries = draft.body["entries"];
  if (draft.type === "closing" && entries !== txn.seq + 1) {
    throw draftRefused(`a closing counts ${String(entries)} entries where there are ${txn.seq + 1}`);
  }
}

/**
 * Checks that a permit knows every revocation before it. This is what makes *nothing was accepted after R* a statement
 * over the log: a decision that raced with a revocation does not get in.
 * @throws `internal_error` when the permit names no feed, `conflict` when the feed has moved since: decide again
 * @see docs/spec/evidence.md E-14
 */
export function checkPermit(draft: LeafDraft, { position }: Feed): void {
  if (draft.type !== "decision" || draft.body["verdict"] !== "permit") return;
  const used = draft.body["feed"];
  if (typeof used !== "number") throw draftRefused("a permit names the revocation feed it used");
  if (used > position) throw draftRefused("a permit names a revocation that is not in the log");
  if (used < position) {
    throw new NarrowgateError("conflict", "something was revoked since this was decided; decide again");
  }
}
