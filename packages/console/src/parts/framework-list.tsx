import type { Grade, GradedClause, GradedFramework } from "@narrowgate/assurance/reading";
import type { ReactNode } from "react";
import { CardTable } from "./card-table.tsx";

const grades: Readonly<Record<Grade, readonly [look: string, words: string]>> = {
  direct: ["pass", "evidence answers it"],
  supports: ["not_applicable", "contributes only"],
  not_established: ["not_established", "not established"],
};

function Clause({ clause }: { readonly clause: GradedClause }): ReactNode {
  const { id, title, grade, by, open, read, conditional = false } = clause;
  const [look, words] = grades[grade];
  return (
    <tr>
      <th scope="row" data-label="Clause">
        {id} {title !== undefined && <span className="quiet">{title}</span>}{" "}
        {conditional && <span className="badge">only where a legal test is met</span>}
      </th>
      <td data-label="How far">
        <span className={`badge v-${look}`}>{words}</span>
      </td>
      <td data-label="By">{by.join(", ") || "nothing"}</td>
      <td data-label="Open">{open.join(", ") || "nothing"}</td>
      <td data-label="Id read in">{read}</td>
    </tr>
  );
}

/** Frameworks, each with how far the evidence goes for its clauses. The pairing is this project's judgement. */
export function FrameworkList({
  frameworks,
}: {
  readonly frameworks: readonly GradedFramework[];
}): ReactNode {
  return frameworks.map(({ key, name, edition, draft, licence, clauses, direct, supports }) => (
    <details key={key}>
      <summary>
        {name}, {edition}
        {draft && " (draft)"}: {direct} of {clauses.length} answered, {supports} contributed to
      </summary>
      <CardTable caption={name} columns={["Clause", "How far", "By", "Open", "Id read in"]}>
        {clauses.map((clause) => (
          <Clause key={clause.id} clause={clause} />
        ))}
      </CardTable>
      <p className="quiet">{licence}</p>
    </details>
  ));
}
