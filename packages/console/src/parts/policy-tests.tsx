import type { CaseResult, TestReport } from "@narrowgate/policy/testing";
import type { ReactNode } from "react";
import { counted } from "../view/counted.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

function Failed({ result }: { readonly result: CaseResult }): ReactNode {
  const { file, name, differences, reason } = result;
  return (
    <li>
      <span className="badge decision-refuse">failed</span> <strong>{visibleText(name)}</strong> in{" "}
      {visibleText(file)}: {visibleText(reason)}
      <ul>
        {differences.map(({ what, expected, actual }) => (
          <li key={what}>
            {what}: expected <code>{visibleText(JSON.stringify(expected))}</code>, is{" "}
            <code>{visibleText(JSON.stringify(actual))}</code>
          </li>
        ))}
      </ul>
    </li>
  );
}

function Coverage({ coverage }: Pick<TestReport, "coverage">): ReactNode {
  return (
    <CardTable
      caption="Policies and the cases that reach them"
      columns={["Policy", { number: "Evaluated" }, { number: "Determined" }]}
    >
      {coverage.map(({ policy, evaluated, determined }) => (
        <tr key={policy}>
          <th scope="row" data-label="Policy">
            {visibleText(policy)}
          </th>
          <td data-label="Evaluated" className="number">
            {evaluated}
          </td>
          <td data-label="Determined" className={determined === 0 ? "number has-refusals" : "number"}>
            {determined}
          </td>
        </tr>
      ))}
    </CardTable>
  );
}

/** What running tests gave: failures with what differs, and which policies no case reached. */
export function PolicyTestReport(props: {
  readonly report: TestReport;
  readonly problems: readonly string[];
}): ReactNode {
  const { report, problems } = props;
  const { results, failed, coverage } = report;
  const idle = coverage.filter(({ determined }) => determined === 0).length;
  return (
    <>
      {problems.map((problem) => (
        <p key={problem} className="failure">
          {visibleText(problem)}
        </p>
      ))}
      {results.length === 0 ? (
        <p className="empty">
          No case was run. Cases stand in files named <code>*.cedartest.yaml</code>; whoever publishes sends
          them along, and the log does not keep them.
        </p>
      ) : (
        <>
          <p>
            {results.length - failed} of {counted(results.length, "case")} passed;{" "}
            {idle === 0
              ? "every policy determined some case"
              : `${counted(idle, "policy", "policies")} determined no case`}
            .
          </p>
          <ul className="findings">
            {results
              .filter(({ differences }) => differences.length > 0)
              .map((result) => (
                <Failed key={`${result.file} ${result.name}`} result={result} />
              ))}
          </ul>
          <Coverage coverage={coverage} />
        </>
      )}
    </>
  );
}
