import type { Catalogue } from "@narrowgate/assurance/reading";
import type { ControlResult } from "@narrowgate/contracts";

/** How far evidence goes for a clause; only `answered` says something of the clause, and that is this project's judgement. */
export type ClauseGrade = "answered" | "partly" | "contributes" | "open";

/** A clause, and the controls whose evidence bears on it. */
export interface ClauseRow {
  readonly id: string;
  readonly title: string | undefined;
  readonly isVerified: boolean;
  readonly grade: ClauseGrade;
  readonly direct: readonly string[];
  readonly supports: readonly string[];
}

/** A framework with the clauses that controls bear on. */
export interface FrameworkRow {
  readonly key: string;
  readonly name: string;
  readonly edition: string;
  readonly isDraft: boolean;
  readonly licence: string;
  readonly clauses: readonly ClauseRow[];
}

function gradeOf(
  { direct, supports }: { readonly direct: readonly string[]; readonly supports: readonly string[] },
  good: ReadonlySet<string>,
): ClauseGrade {
  const held = direct.filter((id) => good.has(id)).length;
  if (direct.length > 0 && held === direct.length) return "answered";
  if (held > 0) return "partly";
  return supports.some((id) => good.has(id)) ? "contributes" : "open";
}

/** What the results bear on, framework by framework; those that no control bears on are left out. */
export function frameworkRows(
  { controls, frameworks }: Pick<Catalogue, "controls" | "frameworks">,
  results: readonly Pick<ControlResult, "control" | "verdict">[],
): readonly FrameworkRow[] {
  const good = new Set(results.filter(({ verdict }) => verdict === "pass").map(({ control }) => control));
  const bearing = (ref: string, kind: "direct" | "supports"): readonly string[] =>
    controls.filter(({ clauses }) => clauses[kind].includes(ref)).map(({ id }) => id);
  return frameworks.flatMap(({ key, version, name, edition, draft, licence, clauses }) => {
    const rows = clauses.flatMap(({ id, title, verified }) => {
      const ref = `${key}@${version}#${id}`;
      const both = { direct: bearing(ref, "direct"), supports: bearing(ref, "supports") };
      if (both.direct.length + both.supports.length === 0) return [];
      return [{ id, title, isVerified: verified, grade: gradeOf(both, good), ...both }];
    });
    return rows.length === 0 ? [] : [{ key, name, edition, isDraft: draft, licence, clauses: rows }];
  });
}
