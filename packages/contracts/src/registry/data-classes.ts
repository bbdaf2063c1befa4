/** Data classes, low to high. */
export const DATA_CLASSES = ["public", "internal", "confidential", "restricted"] as const;
