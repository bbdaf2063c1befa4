import type { Catalogue } from "@narrowgate/assurance/reading";
import type { ControlResult } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { VERDICT_LOOKS } from "../view/verdicts.ts";
import { controlAnchor } from "./control-grid.tsx";

function isGood({ verdict }: ControlResult): boolean {
  return verdict === "pass" || verdict === "not_applicable";
}

/** What a reviewer asks, what answers it, and how far that holds here. */
export function QuestionList(props: {
  readonly questions: Catalogue["questions"];
  readonly results: readonly ControlResult[];
}): ReactNode {
  const found = new Map(props.results.map((result) => [result.control, result]));
  return (
    <ol className="questions">
      {props.questions.map(({ n, question, artefact, controls }) => {
        const own = controls.map((id) => ({ id, result: found.get(id) }));
        const isAnswered = own.every(({ result }) => result !== undefined && isGood(result));
        return (
          <li key={n} value={n}>
            <p>
              {question}{" "}
              <span className={`badge v-${isAnswered ? "pass" : "not_established"}`}>
                {isAnswered ? "answered" : "open"}
              </span>
            </p>
            <p className="quiet">
              {artefact}:{" "}
              {own.map(({ id, result }) => (
                <span key={id}>
                  <a href={`#${controlAnchor(id)}`}>{id}</a>{" "}
                  {VERDICT_LOOKS[result?.verdict ?? "not_established"].words}{" "}
                </span>
              ))}
            </p>
          </li>
        );
      })}
    </ol>
  );
}
