import type { Catalogue, CatalogueDrill } from "@narrowgate/assurance/reading";
import type { DrillLine } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { readinessPath } from "../routing/route.ts";
import { shownJson } from "../view/opened-leaf.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { VERDICT_LOOKS } from "../view/verdicts.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";
import { EntryLink } from "./entry-link.tsx";
import { FactList } from "./fact-list.tsx";
import { VerdictMark } from "./verdict-mark.tsx";

function Cell({
  row,
  newest,
}: {
  readonly row: CatalogueDrill;
  readonly newest: DrillLine | undefined;
}): ReactNode {
  const verdict = newest?.result.verdict;
  const look = verdict ?? (row.absent === undefined ? "not_established" : "not_applicable");
  const words =
    verdict === undefined
      ? row.absent === undefined
        ? "not run yet"
        : `cannot be made to happen: ${row.absent}`
      : VERDICT_LOOKS[verdict].words;
  return (
    <li>
      <span className={`cell v-${look}`} title={`${row.name}: ${words}`}>
        <span aria-hidden="true" className="cell-mark">
          {VERDICT_LOOKS[look].mark}
        </span>
        {row.id}
        <span className="visually-hidden">
          : {row.name}, {words}
        </span>
      </span>
    </li>
  );
}

/** All drills of the catalogue by theme, each with its newest result. */
export function DrillGrid(props: {
  readonly catalogue: Pick<Catalogue, "drills">;
  readonly lines: readonly DrillLine[];
}): ReactNode {
  const newest = new Map(props.lines.toReversed().map((line) => [line.result.drill, line]));
  const themes = Map.groupBy(props.catalogue.drills, ({ theme }) => theme);
  return (
    <div className="control-grid">
      {[...themes].map(([theme, rows]) => (
        <div key={theme} className="family">
          <h3>{theme}</h3>
          <ul className="cells">
            {rows.map((row) => (
              <Cell key={row.id} row={row} newest={newest.get(row.id)} />
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

/** What so many trials support, never as nothing at all. */
function boundWords({ trials, failures, bound }: DrillLine["result"]): string {
  if (trials === 0) return "nothing was tried";
  const percent = Math.min(100, bound * 100);
  const shown = percent >= 1 ? percent.toFixed(1) : percent.toPrecision(2);
  return failures === 0 ? `at most ${shown} % at 95 %` : `${failures} went wrong`;
}

function Told({
  line,
  row,
}: {
  readonly line: DrillLine;
  readonly row: CatalogueDrill | undefined;
}): ReactNode {
  const { result, entry, index } = line;
  const figures = Object.entries(result.figures).map(
    ([name, value]) => [visibleText(name.replaceAll("_", " ")), shownJson(value)] as const,
  );
  return (
    <details>
      <summary>
        What was seen<span className="visually-hidden"> in {visibleText(result.drill)}</span>
      </summary>
      {row !== undefined && <p>{row.does}</p>}
      <FactList
        facts={[
          ["Expected", visibleText(result.expected)],
          ...(result.unmet === undefined ? [] : [["Missing", visibleText(result.unmet)] as const]),
          ["Seen", result.observed.map(visibleText).join(" ") || "nothing of note"],
          ["Simulated", result.simulated.map(visibleText).join(" ") || "nothing: all was real"],
          ["Calls a second beside it", result.calls_per_s.toFixed(1)],
          ["Seed", String(result.seed)],
          ...figures,
        ]}
      />
      <p className="quiet">
        <EntryLink entry={entry} index={index} />, sandbox {visibleText(result.evidence.origin)} from its
        entry {result.evidence.from} on
      </p>
    </details>
  );
}

/** Results of drills, newest first. */
export function DrillTable(props: {
  readonly catalogue: Pick<Catalogue, "drills">;
  readonly lines: readonly DrillLine[];
}): ReactNode {
  const rows = new Map(props.catalogue.drills.map((row) => [row.id, row]));
  return (
    <CardTable
      caption="Results of drills, newest first"
      columns={[
        "Drill",
        "Verdict",
        "Load",
        { number: "Trials" },
        { number: "Failures" },
        "Bound",
        "Agent",
        "Ended",
      ]}
    >
      {props.lines.map((line) => {
        const { result, entry } = line;
        const row = rows.get(result.drill);
        return (
          <tr key={entry}>
            <th scope="row" data-label="Drill">
              {visibleText(result.drill)} {row?.name}
              <Told line={line} row={row} />
            </th>
            <td data-label="Verdict">
              <VerdictMark verdict={result.verdict} />
            </td>
            <td data-label="Load">{result.load}</td>
            <td data-label="Trials" className="number">
              {result.trials}
            </td>
            <td data-label="Failures" className={result.failures > 0 ? "number has-refusals" : "number"}>
              {result.failures}
            </td>
            <td data-label="Bound">{boundWords(result)}</td>
            <td data-label="Agent">
              {result.agent === undefined ? (
                "the plane"
              ) : (
                <Link to={readinessPath(result.agent)}>{visibleText(result.agent)}</Link>
              )}
            </td>
            <td data-label="Ended">
              <time dateTime={machineTime(result.ended)}>{shownTime(result.ended)}</time>
            </td>
          </tr>
        );
      })}
    </CardTable>
  );
}
