import { flag, oneOf } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import type { DataClassName } from "../registry/data-classes.ts";
import { DATA_CLASSES } from "../registry/data-classes.ts";

/** What a transaction, an agent instance or a store has been exposed to. @see docs/spec/evidence.md E-29 */
export type Label = { readonly class: DataClassName; readonly untrusted: boolean };

/** Nothing was read yet. */
export const BOTTOM_LABEL: Label = { class: "public", untrusted: false };

/** Anything may have been read; also what an answer nobody could look at carries. */
export const TOP_LABEL: Label = { class: "restricted", untrusted: true };

/** Place of a class in the order, 0 (public) to 3 (restricted). */
export function classRank(dataClass: DataClassName): number {
  return DATA_CLASSES.indexOf(dataClass);
}

/** The least label that is at least each of these; bottom of none. */
export function joinLabels(...labels: readonly Label[]): Label {
  return labels.reduce(
    (a, b) => ({
      class: classRank(b.class) > classRank(a.class) ? b.class : a.class,
      untrusted: a.untrusted || b.untrusted,
    }),
    BOTTOM_LABEL,
  );
}

/** Whether nothing would be added to `above` by joining `below`. */
export function isAtMost(below: Label, above: Label): boolean {
  return classRank(below.class) <= classRank(above.class) && (above.untrusted || !below.untrusted);
}

/**
 * Reads a label.
 * @throws NarrowgateError `malformed_input`
 */
export const readLabel: Reader<Label> = shape<Label>({ class: oneOf(DATA_CLASSES), untrusted: flag });
