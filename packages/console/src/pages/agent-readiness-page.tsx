import { ageResults, type Catalogue } from "@narrowgate/assurance/reading";
import type { ReadinessSheet } from "@narrowgate/contracts";
import { type ReactNode, useCallback, useMemo } from "react";
import { loadCatalogue, readReadiness } from "../api/assurance.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { EvaluationPart, ReadyPanel } from "../parts/evaluation-part.tsx";
import { FrameworkList } from "../parts/framework-list.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { QuestionList } from "../parts/question-list.tsx";
import { WaiverTable } from "../parts/waiver-table.tsx";
import { Link } from "../routing/link.tsx";
import { agentPath } from "../routing/route.ts";
import { frameworkRows } from "../view/framework-rows.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

type Newest = NonNullable<ReadinessSheet["newest"]>;

/** The evaluation with results that are too old by now said to be so. */
function agedNow({ evaluation }: Newest): Newest["evaluation"] {
  return { ...evaluation, results: ageResults(evaluation, Date.now()) };
}

function Told(props: {
  readonly sheet: ReadinessSheet;
  readonly newest: Newest;
  readonly catalogue: Catalogue;
}): ReactNode {
  const { sheet, newest, catalogue } = props;
  const { profile, drills, waivers } = sheet;
  const judged = useMemo(() => agedNow(newest), [newest]);
  const frameworks = useMemo(() => frameworkRows(catalogue, judged.results), [catalogue, judged]);
  return (
    <>
      <ReadyPanel evaluation={judged} entry={newest} profile={`${profile.name} ${profile.version}`} />
      {!newest.isOfThisCatalogue && (
        <p role="note">Another catalogue is in use by now: evaluate it again to be told by that one.</p>
      )}
      <p className="quiet">
        To evaluate it again, type <code>narrowgate readiness {visibleText(sheet.agent)}</code>
      </p>
      <Section title="Controls">
        <EvaluationPart
          catalogue={catalogue}
          judged={judged}
          inProfile={profile.controls}
          drills={drills}
          waivers={waivers}
        />
      </Section>
      <Section title="What a reviewer asks">
        <QuestionList questions={catalogue.questions} results={judged.results} />
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
  const catalogue = useLoaded(loadCatalogue, onSignedOut);
  return (
    <PageFrame title={`Readiness of ${id}`} page="agent-readiness" onSignOut={onSignOut}>
      <p>
        <Link to={agentPath(id)}>The agent itself</Link>
      </p>
      <LoadedPart state={state}>
        {(sheet) => (
          <LoadedPart state={catalogue}>
            {(found) =>
              sheet.newest === undefined ? (
                <NotEvaluated agent={sheet.agent} />
              ) : (
                <Told sheet={sheet} newest={sheet.newest} catalogue={found} />
              )
            }
          </LoadedPart>
        )}
      </LoadedPart>
    </PageFrame>
  );
}
