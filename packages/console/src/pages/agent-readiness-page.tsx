import type { ReadinessSheet } from "@narrowgate/contracts";
import { type ReactNode, useCallback, useMemo } from "react";
import { loadReading, type Reading, readReadiness } from "../api/assurance.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { EconomicsPart } from "../parts/economics-part.tsx";
import { EvaluationPart, ReadyPanel } from "../parts/evaluation-part.tsx";
import { FrameworkList } from "../parts/framework-list.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageContents } from "../parts/page-contents.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { QuestionList } from "../parts/question-list.tsx";
import { UsageTable } from "../parts/usage-table.tsx";
import { WaiverTable } from "../parts/waiver-table.tsx";
import { Link } from "../routing/link.tsx";
import { agentPath } from "../routing/route.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

type Newest = NonNullable<ReadinessSheet["newest"]>;

function Work({ newest, reading }: { readonly newest: Newest; readonly reading: Reading }): ReactNode {
  const { facts } = newest;
  if (facts === undefined)
    return (
      <p className="empty">
        What it did is counted when it is evaluated, and the server began anew since then:{" "}
        <code>narrowgate readiness {visibleText(newest.evaluation.agent)}</code>
      </p>
    );
  return (
    <>
      <UsageTable usage={reading.usageOf(facts)} />
      <EconomicsPart reading={reading} work={facts.work} />
    </>
  );
}

/** Drills that speak of this release and build; else those that a control counted. */
function drillsOf({ drills, newest }: ReadinessSheet): ReadinessSheet["drills"] {
  return newest?.facts?.drills ?? drills;
}

function Told(props: {
  readonly sheet: ReadinessSheet;
  readonly newest: Newest;
  readonly reading: Reading;
}): ReactNode {
  const { sheet, newest, reading } = props;
  const { profile, waivers, agent } = sheet;
  const { catalogue, ageResults, answerQuestions, gradeClauses } = reading;
  // Results that are too old by now are said to be so.
  const judged = useMemo(
    () => ({ ...newest.evaluation, results: ageResults(newest.evaluation, Date.now()) }),
    [newest, ageResults],
  );
  const frameworks = useMemo(
    () => gradeClauses(catalogue, judged.results),
    [gradeClauses, catalogue, judged],
  );
  return (
    <>
      <ReadyPanel evaluation={judged} entry={newest} profile={`${profile.name} ${profile.version}`} />
      {!newest.isOfThisCatalogue && (
        <p role="note">Another catalogue is in use by now: evaluate it again to be told by that one.</p>
      )}
      <p className="quiet">
        To evaluate it again, type <code>narrowgate readiness {visibleText(agent)}</code>; with{" "}
        <code>--format html</code> it is a report to print.
      </p>
      <PageContents />
      <Section title="Controls">
        <EvaluationPart
          reading={reading}
          judged={judged}
          inProfile={profile.controls}
          drills={drillsOf(sheet)}
          waivers={waivers}
        />
      </Section>
      <Section title="What it did, and what that is worth">
        <Work newest={newest} reading={reading} />
      </Section>
      <Section title="What a reviewer asks">
        <QuestionList answers={answerQuestions(catalogue, judged.results, agent)} />
      </Section>
      <Section title="What others demand">
        <p className="quiet">
          That evidence bears on a clause is this project&rsquo;s judgement, and no assessor&rsquo;s. A clause
          is answered where every control whose own evidence answers it passes.
        </p>
        <FrameworkList frameworks={frameworks} />
      </Section>
      <Section title="Waivers">
        <WaiverTable waivers={waivers} />
      </Section>
    </>
  );
}

function NotEvaluated({ agent }: { readonly agent: string }): ReactNode {
  return (
    <p className="empty">
      {visibleText(agent)} was never evaluated. All controls are computed from the evidence in the log, and
      the result goes into it: <code>narrowgate readiness {visibleText(agent)}</code>
    </p>
  );
}

/** How ready an agent is: every control with what it rests on, what a reviewer asks, and what others demand. */
export function AgentReadinessPage({
  id,
  onSignedOut,
  onSignOut,
}: SessionProps & { readonly id: string }): ReactNode {
  const load = useCallback((signal: AbortSignal) => readReadiness(id, signal), [id]);
  const state = useLoaded(load, onSignedOut);
  const reading = useLoaded(loadReading, onSignedOut);
  return (
    <PageFrame title={`Readiness of ${id}`} page="agent-readiness" onSignOut={onSignOut}>
      <p>
        <Link to={agentPath(id)}>The agent itself</Link>
      </p>
      <LoadedPart state={state}>
        {(sheet) => (
          <LoadedPart state={reading}>
            {(found) =>
              sheet.newest === undefined ? (
                <NotEvaluated agent={sheet.agent} />
              ) : (
                <Told sheet={sheet} newest={sheet.newest} reading={found} />
              )
            }
          </LoadedPart>
        )}
      </LoadedPart>
    </PageFrame>
  );
}
