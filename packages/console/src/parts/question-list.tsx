import type { Answer } from "@narrowgate/assurance/reading";
import type { ReactNode } from "react";
import { visibleText } from "../view/visible-text.ts";
import { controlAnchor } from "./control-grid.tsx";

const looks: Readonly<Record<Answer["state"], string>> = {
  answered: "pass",
  "in part": "stale",
  "not answered": "not_established",
};

/** What a reviewer asks, what shows the answer, and what keeps it open. */
export function QuestionList({ answers }: { readonly answers: readonly Answer[] }): ReactNode {
  return (
    <ol className="questions">
      {answers.map(({ n, question, state, artefact, shown, open, controls }) => (
        <li key={n} value={n}>
          <p>
            {question} <span className={`badge v-${looks[state]}`}>{state}</span>
          </p>
          <p className="quiet">
            {artefact}.{" "}
            {controls.map((id) => (
              <span key={id}>
                <a href={`#${controlAnchor(id)}`}>{id}</a>{" "}
              </span>
            ))}
            {shown.map((command) => (
              <span key={command}>
                <code>{visibleText(command)}</code>{" "}
              </span>
            ))}
          </p>
          {open.length > 0 && (
            <ul className="quiet">
              {open.map((why) => (
                <li key={why}>{visibleText(why)}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ol>
  );
}
