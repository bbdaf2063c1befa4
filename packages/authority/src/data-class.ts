/** Data classes, lowest first. @see docs/spec/authority.md section 1 */
export const dataClasses = ["public", "internal", "confidential", "restricted"] as const;

/** How sensitive data is; as a member of a detail, the highest class it reaches. */
export type DataClass = (typeof dataClasses)[number];

/** The ceiling of a detail that names none. */
export const highestDataClass: DataClass = "restricted";

/** Tells whether `inner` is at or below `ceiling`. */
export function isAtOrBelow(ceiling: DataClass, inner: DataClass): boolean {
  return dataClasses.indexOf(inner) <= dataClasses.indexOf(ceiling);
}
