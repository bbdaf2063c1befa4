import type { AccessTokenClaims, LeafDraft, RecordedLeaf } from "@narrowgate/contracts";

/** A group of leaves that was queued. */
export interface SeenGroup {
  /** The draft at `n` is the leaf at `n`. */
  readonly drafts: readonly LeafDraft[];
  readonly leaves: readonly RecordedLeaf[];
  /** When it was queued, by `performance.now()`. */
  readonly queuedMs: number;
  readonly durable: Promise<void>;
}

/** A request at the gate that ended. Trust: `method` and `traceparent` are the sender's words; names are registered. */
export interface SeenCall {
  readonly server: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly steps: readonly { readonly step: string; readonly endedMs: number }[];
  readonly method?: string;
  /** Code it was refused with. */
  readonly code?: string;
  readonly claims?: AccessTokenClaims;
  readonly use?: string;
  readonly operation?: { readonly kind: "tool" | "resource" | "prompt"; readonly name: string };
  readonly verdict?: {
    readonly verdict: "permit" | "refuse";
    readonly code?: string;
    readonly policies: readonly string[];
    readonly approvals?: readonly string[];
  };
  /** Leaf id of the decision. */
  readonly decision?: string;
  readonly status?: string;
  readonly traceparent?: string;
}

/** A token request that was answered. */
export interface SeenMint {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly claims?: AccessTokenClaims;
  readonly code?: string;
}

/** What is told of as it happens: the three watchers of this room, and what compose tells beside them. */
export interface Watchers {
  group(seen: SeenGroup): void;
  call(seen: SeenCall): void;
  mint(seen: SeenMint): void;
}
