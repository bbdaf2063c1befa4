import type { Catalogue, CatalogueControl } from "@narrowgate/assurance/reading";
import type { ControlResult, Evaluation } from "@narrowgate/contracts";

/** A control of the catalogue, and what it found. */
export interface ControlRow {
  readonly row: CatalogueControl;
  /** Absent: this evaluation knows nothing of it. */
  readonly result: ControlResult | undefined;
  /** Whether it keeps a release back. */
  readonly isBlocking: boolean;
  /** Whether the profile counts it. */
  readonly isInProfile: boolean;
  /** Why it is let go for a while. */
  readonly waivedFor: string | undefined;
}

/** Controls of one family. */
export interface ControlFamily {
  readonly key: string;
  readonly name: string;
  readonly controls: readonly ControlRow[];
}

/** What an evaluation says, as far as it is read here. */
export type Judged = Pick<Evaluation, "results" | "blocking" | "waivers" | "at">;

/**
 * Joins the catalogue and an evaluation, by family. Controls that an organisation added stand in a family of their own.
 * @param inProfile - ids that count; undefined where the profile is not known: then all do
 */
export function controlFamilies(
  { families, controls }: Pick<Catalogue, "families" | "controls">,
  { results, blocking, waivers, at }: Judged,
  inProfile: readonly string[] | undefined,
): readonly ControlFamily[] {
  const found = new Map(results.map((result) => [result.control, result]));
  const rows = controls.map(
    (row): ControlRow => ({
      row,
      result: found.get(row.id),
      isBlocking: blocking.includes(row.id),
      isInProfile: inProfile?.includes(row.id) ?? true,
      waivedFor: waivers.find(({ control, from, until }) => control === row.id && from <= at && at < until)
        ?.reason,
    }),
  );
  return Object.entries(families).map(([key, name]) => ({
    key,
    name,
    controls: rows.filter(({ row }) => row.family === key),
  }));
}
