import type { ControlResult } from "@narrowgate/contracts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { CatalogueControl, Framework } from "../catalogue/rows.ts";

/**
 * How far the evidence answers a clause. `direct`: every control whose own evidence answers it holds, and the id was read
 * in a text. `supports`: something that contributes holds. Nothing here says that an organisation meets a framework.
 */
export type Grade = "direct" | "supports" | "not_established";

/** A clause, and what the evidence says to it. */
export type GradedClause = {
  readonly id: string;
  /** Only where the licence lets it be shipped. */
  readonly title?: string;
  readonly grade: Grade;
  /** Controls behind the grade. */
  readonly by: readonly string[];
  /** Controls that would answer it and are not at pass. */
  readonly open: readonly string[];
  /** Whether the id was read in a text of the publisher, in one that restates it, or not at all. */
  readonly read: string;
  /** Only where a legal test is met that no product can make. */
  readonly conditional?: true;
};

/** A framework with the clauses that controls bear on. */
export type GradedFramework = {
  readonly key: string;
  readonly version: string;
  readonly name: string;
  readonly edition: string;
  readonly licence: string;
  readonly draft: boolean;
  readonly direct: number;
  readonly supports: number;
  readonly open: number;
  readonly clauses: readonly GradedClause[];
};

type Verdicts = ReadonlyMap<string, ControlResult["verdict"]>;

/** Grades every clause that a control of the catalogue bears on. */
export function gradeClauses(of: Catalogue, results: readonly ControlResult[]): readonly GradedFramework[] {
  const verdicts: Verdicts = new Map(results.map(({ control, verdict }) => [control, verdict]));
  return of.frameworks
    .map((framework) => gradeFramework(of, framework, verdicts))
    .filter(({ clauses }) => clauses.length > 0);
}

function gradeFramework(of: Catalogue, framework: Framework, verdicts: Verdicts): GradedFramework {
  const { key, version, name, edition, licence, draft } = framework;
  const clauses = framework.clauses.flatMap((clause) => {
    const ref = `${key}@${version}#${clause.id}`;
    const citing = (kind: keyof CatalogueControl["clauses"]): readonly string[] =>
      of.controls.filter(({ clauses: cited }) => cited[kind].includes(ref)).map(({ id }) => id);
    const conditional = citing("conditional");
    const direct = citing("direct");
    const supporting = [...citing("supports"), ...citing("layers"), ...conditional];
    if (direct.length + supporting.length === 0) return [];
    const graded = grade(direct, supporting, clause.verified, verdicts);
    return [
      {
        id: clause.id,
        ...(clause.title === undefined ? {} : { title: clause.title }),
        ...graded,
        read: clause.verified ? clause.read : "not read",
        ...(conditional.length > 0 && direct.length === 0 ? { conditional: true as const } : {}),
      },
    ];
  });
  const count = (wanted: Grade): number => clauses.filter((clause) => clause.grade === wanted).length;
  const counts = { direct: count("direct"), supports: count("supports"), open: count("not_established") };
  return { key, version, name, edition, licence, draft, ...counts, clauses };
}

function grade(
  direct: readonly string[],
  supporting: readonly string[],
  isRead: boolean,
  verdicts: Verdicts,
): Pick<GradedClause, "grade" | "by" | "open"> {
  // What does not apply answers nothing: only a pass does.
  const holds = (id: string): boolean => verdicts.get(id) === "pass";
  const open = direct.filter((id) => !holds(id));
  if (direct.length > 0 && open.length === 0 && isRead) return { grade: "direct", by: direct, open };
  const by = [...direct, ...supporting].filter(holds);
  return { grade: by.length > 0 ? "supports" : "not_established", by: [...new Set(by)], open };
}
