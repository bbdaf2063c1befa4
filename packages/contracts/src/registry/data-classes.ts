/** Data classes, low to high. */
export const DATA_CLASSES = ["public", "internal", "confidential", "restricted"] as const;

/** Data classes, low to high. */
export type DataClassName = "public" | "internal" | "confidential" | "restricted";
