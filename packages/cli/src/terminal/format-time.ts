import type { JsonValue } from "@narrowgate/kernel";

/** A time in milliseconds as people read it, in UTC; a question mark for anything else. */
export function formatTime(ms: JsonValue | undefined): string {
  const date = new Date(typeof ms === "number" ? ms : Number.NaN);
  return Number.isNaN(date.getTime()) ? "?" : date.toISOString().replace("T", " ").slice(0, 19);
}
