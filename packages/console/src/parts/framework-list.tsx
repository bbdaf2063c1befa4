import type { ReactNode } from "react";
import type { ClauseGrade, ClauseRow, FrameworkRow } from "../view/framework-rows.ts";
import { CardTable } from "./card-table.tsx";

const grades: Readonly<Record<ClauseGrade, readonly [look: string, words: string]>> = {
  answered: ["pass", "evidence answers it"],
  partly: ["stale", "in part"],
  contributes: ["not_applicable", "contributes only"],
  open: ["not_established", "open"],
};

function Clause({ clause }: { readonly clause: ClauseRow }): ReactNode {
  const { id, title, isVerified, grade, direct, supports } = clause;
  const [look, words] = grades[grade];
  return (
    <tr>
      <th scope="row" data-label="Clause">
        {id} {title !== undefined && <span className="quiet">{title}</span>}{" "}
        {!isVerified && <span className="badge">not verified</span>}
      </th>
      <td data-label="How far">
        <span className={`badge v-${look}`}>{words}</span>
      </td>
      <td data-label="Answered by">{direct.join(", ") || "nothing"}</td>
      <td data-label="Contributing">{supports.join(", ") || "nothing"}</td>
    </tr>
  );
}

/** Frameworks, each with how many of its clauses the evidence bears on. The pairing is this project's judgement. */
export function FrameworkList({ frameworks }: { readonly frameworks: readonly FrameworkRow[] }): ReactNode {
  return frameworks.map(({ key, name, edition, isDraft, licence, clauses }) => (
    <details key={key}>
      <summary>
        {name}, {edition}
        {isDraft && " (draft)"}: {clauses.filter(({ grade }) => grade === "answered").length} of{" "}
        {clauses.length} answered
      </summary>
      <CardTable caption={name} columns={["Clause", "How far", "Answered by", "Contributing"]}>
        {clauses.map((clause) => (
          <Clause key={clause.id} clause={clause} />
        ))}
      </CardTable>
      <p className="quiet">{licence}</p>
    </details>
  ));
}
