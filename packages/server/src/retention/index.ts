export { HOLD_ROOM, type Hold, type HoldScope } from "./hold.ts";
export type { Holds } from "./holds.ts";
export type { RecordedWork, RetentionPorts } from "./ports.ts";
export { type ErasedMany, type ErasureWish, Retention } from "./retention.ts";
