import type { ClauseRef } from "@narrowgate/assurance/reading";
import type { ControlResult, DrillLine, WaiverLine } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import type { Reading } from "../api/assurance.ts";
import { Link } from "../routing/link.tsx";
import type { ControlRow } from "../view/control-rows.ts";
import { shownJson } from "../view/opened-leaf.ts";
import { shownTime } from "../view/shown-time.ts";
import { spanWords } from "../view/span-words.ts";
import { visibleText } from "../view/visible-text.ts";
import { controlAnchor } from "./control-grid.tsx";
import { EntryLink } from "./entry-link.tsx";
import { Fact, FactList } from "./fact-list.tsx";
import { VerdictMark } from "./verdict-mark.tsx";

/** What stands beside a result. */
export interface ControlSurroundings {
  readonly reading: Reading;
  readonly drills: readonly DrillLine[];
  readonly waivers: readonly WaiverLine[];
}

function Violations({ result }: { readonly result: ControlResult }): ReactNode {
  const { violations, violations_in_all: inAll } = result;
  if (violations.length === 0) return null;
  return (
    <>
      <h4>Counter-examples</h4>
      <ul>
        {violations.map(({ entry, says }) => (
          <li key={`${entry ?? ""} ${says}`}>
            {visibleText(says)} {entry !== undefined && <EntryLink entry={entry} />}
          </li>
        ))}
      </ul>
      {inAll > violations.length && (
        <p className="quiet">
          The first {violations.length} of {inAll} stand here.
        </p>
      )}
    </>
  );
}

function parameterFacts({ parameters }: ControlResult): readonly (readonly [string, string])[] {
  return Object.entries(parameters).map(([name, value]) => [
    visibleText(name.replaceAll("_", " ")),
    shownJson(value),
  ]);
}

function Found({ result }: { readonly result: ControlResult }): ReactNode {
  const { population, decided, window, max_age_s: maxAge, vantage, evidence, unmet, predicate } = result;
  const facts = [
    ...(unmet === undefined ? [] : [["Missing", visibleText(unmet)] as const]),
    ...(predicate === undefined ? [] : [["Nothing to govern, since", visibleText(predicate)] as const]),
    ["Looked at", `${population.count} ${visibleText(population.of)}`],
    ["Could be decided", `${decided} of ${population.count}`],
    ["From", shownTime(window.from)],
    ["To", shownTime(window.to)],
    ["Counts for", spanWords(maxAge)],
    ...parameterFacts(result),
  ] as const;
  return (
    <>
      <Violations result={result} />
      <FactList facts={facts}>
        <Fact label="Who could have forged it">
          {vantage.length === 0 ? "Nobody is named." : vantage.map(visibleText).join(" ")}
        </Fact>
        <Fact label="Rests on">
          {evidence.length === 0
            ? "No leaf."
            : evidence.map(({ entry, index }) => (
                <span key={entry}>
                  <EntryLink entry={entry} index={index} />{" "}
                </span>
              ))}
        </Fact>
      </FactList>
    </>
  );
}

function Drills({
  result,
  drills,
}: { result: ControlResult } & Pick<ControlSurroundings, "drills">): ReactNode {
  const counted = drills.filter(({ entry }) => result.drills.includes(entry));
  if (counted.length === 0) return null;
  return (
    <>
      <h4>Drills that count</h4>
      <ul>
        {counted.map(({ entry, index, result: drill }) => (
          <li key={entry}>
            <Link to="/drills">{visibleText(drill.drill)}</Link> at {drill.load}: {drill.failures} of{" "}
            {drill.trials} went wrong, <EntryLink entry={entry} index={index} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Waivers({ id, waivers }: { id: string } & Pick<ControlSurroundings, "waivers">): ReactNode {
  const own = waivers.filter(({ waiver }) => waiver.control === id);
  if (own.length === 0) return null;
  return (
    <>
      <h4>Waivers</h4>
      <ul>
        {own.map(({ waiver, state }) => (
          <li key={waiver.id}>
            <span className="badge">{state}</span> until {shownTime(waiver.until)}, by{" "}
            {visibleText(waiver.owner)}: “{visibleText(waiver.reason)}”; {waiver.compensating} stands in
          </li>
        ))}
      </ul>
    </>
  );
}

function clauseWords(refs: readonly ClauseRef[]): string {
  return refs.length === 0 ? "none" : refs.map((ref) => ref.replace("@", " ").replace("#", ": ")).join("; ");
}

function severityWords({ row }: ControlRow): string {
  const { severity, non_waivable: isFixed } = row;
  const rule = severity.rule === "block" ? "keeps a release back" : "warns, and keeps one of tier T3 back";
  return isFixed ? `${rule}; nobody can waive it` : rule;
}

/** How much is known of it, 0 to 5, and what would raise that. */
function maturityFacts(
  { row, result }: ControlRow,
  { reading, drills }: ControlSurroundings,
): readonly (readonly [string, string])[] {
  if (result === undefined) return [];
  const { MATURITY, maturityOf, catalogue } = reading;
  const { level, raise } = maturityOf(result, row, { drills, catalogue });
  return [
    ["Maturity", `${level} of 5: ${MATURITY[level] ?? ""}`],
    ...(raise === undefined || raise === result.unmet
      ? []
      : [["What would raise it", visibleText(raise)] as const]),
  ];
}

/** One control: what it demands, what was found, and what it rests on. */
export function ControlSheet(props: {
  readonly control: ControlRow;
  readonly around: ControlSurroundings;
  readonly isOpen: boolean;
}): ReactNode {
  const { control, around, isOpen } = props;
  const { row, result, isBlocking, isInProfile } = control;
  return (
    <details
      className={`control ${isBlocking ? "is-blocking" : ""}`}
      id={controlAnchor(row.id)}
      open={isOpen}
    >
      <summary>
        <strong>{row.id}</strong> {row.title} <VerdictMark verdict={result?.verdict ?? "not_established"} />{" "}
        {isBlocking && <span className="badge v-fail">blocks</span>}
      </summary>
      <p>{row.statement}</p>
      {result === undefined ? <p>This evaluation knows nothing of it.</p> : <Found result={result} />}
      {result !== undefined && <Drills result={result} drills={around.drills} />}
      <Waivers id={row.id} waivers={around.waivers} />
      <FactList
        facts={[
          ...maturityFacts(control, around),
          ["When it does not pass", isInProfile ? severityWords(control) : "the profile does not count it"],
          ["Its own evidence answers", clauseWords(row.clauses.direct)],
          ["It contributes to", clauseWords(row.clauses.supports)],
          ["Drills", row.drills.join(", ") || "none"],
        ]}
      />
    </details>
  );
}
