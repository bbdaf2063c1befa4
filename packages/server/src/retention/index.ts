export { HOLD_ROOM, type Hold, type HoldScope, isAbout } from "./hold.ts";
export type { Holds } from "./holds.ts";
export type { RecordedWork, RetentionPorts, RetentionRules } from "./ports.ts";
export { type ErasedMany, type ErasureWish, Retention } from "./retention.ts";
