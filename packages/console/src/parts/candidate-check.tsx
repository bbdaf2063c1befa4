import type { PolicySurroundings } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import type { Problem } from "../looking-ahead/messages.ts";
import type { CheckState } from "../looking-ahead/use-check.ts";
import { counted } from "../view/counted.ts";
import { visibleText } from "../view/visible-text.ts";
import { Section } from "./loaded-part.tsx";
import { PolicyFindings } from "./policy-findings.tsx";
import { PolicyDifferences, PolicySheets } from "./policy-sheets.tsx";
import { PolicyTestReport } from "./policy-tests.tsx";

/** What is wrong with policies, each with where; a place in a file can be gone to. */
export function Problems(props: {
  readonly problems: readonly Problem[];
  readonly onGo?: ((problem: Problem) => void) | undefined;
}): ReactNode {
  const { problems, onGo } = props;
  return (
    <ul className="findings">
      {problems.map((problem) => {
        const { file, line, policy, message } = problem;
        const place = line === undefined ? file : `${file}:${line}`;
        return (
          <li key={`${place} ${policy ?? ""} ${message}`}>
            {onGo === undefined || line === undefined ? (
              <strong>{visibleText(place)}</strong>
            ) : (
              <button type="button" className="plain small" onClick={() => onGo(problem)}>
                {visibleText(place)}
              </button>
            )}{" "}
            {policy !== undefined && <strong>{visibleText(policy)}: </strong>}
            {visibleText(message)}
          </li>
        );
      })}
    </ul>
  );
}

function Verdict({ state, onGo }: Pick<CandidateCheckProps, "state" | "onGo">): ReactNode {
  const { check, message } = state;
  if (message !== undefined) return <p role="alert">{visibleText(message)}</p>;
  if (check === undefined) return null;
  if (check.state === "rejected")
    return (
      <>
        <p className="failure">{counted(check.problems.length, "problem")}: these policies do not compile.</p>
        <Problems problems={check.problems} onGo={onGo} />
      </>
    );
  const { policies, digest, warnings } = check;
  return (
    <>
      <p>
        {counted(policies.length, "policy", "policies")} that compile. Digest{" "}
        <span className="id" data-testid="candidate-digest">
          {digest}
        </span>
      </p>
      {warnings.length > 0 && <Problems problems={warnings} onGo={onGo} />}
    </>
  );
}

interface CandidateCheckProps {
  readonly state: CheckState;
  readonly surroundings: PolicySurroundings;
  /** What stands above the differences. */
  readonly differsFrom: string;
  readonly onGo?: ((problem: Problem) => void) | undefined;
}

/** All that is known of policies without asking what was decided: whether they compile, tests, analysis, what differs. */
export function CandidateCheck({ state, surroundings, differsFrom, onGo }: CandidateCheckProps): ReactNode {
  const { check, analysis, isRunning } = state;
  const compiled = check?.state === "compiled" ? check : undefined;
  return (
    <>
      <Section title="Check">
        <p role="status" className="quiet">
          {isRunning ? "Checking…" : "Checked in this browser."}
        </p>
        <Verdict state={state} onGo={onGo} />
      </Section>
      {compiled?.differences !== undefined && (
        <Section title={differsFrom}>
          <PolicyDifferences differences={compiled.differences} />
          {compiled.isSchemaOther && (
            <p>The schema is another: tools were approved, changed or taken away between the two.</p>
          )}
        </Section>
      )}
      {compiled !== undefined && (
        <Section title="Tests">
          <PolicyTestReport report={compiled.report} problems={compiled.testProblems} />
        </Section>
      )}
      {compiled !== undefined && (
        <Section title="Analysis">
          {analysis === undefined ? (
            <p role="status">Looking…</p>
          ) : (
            <PolicyFindings analysis={analysis} surroundings={surroundings} />
          )}
        </Section>
      )}
      {compiled !== undefined && (
        <Section title="Policies">
          <PolicySheets policies={compiled.policies} />
        </Section>
      )}
    </>
  );
}
