import type { ReleaseSheet } from "@narrowgate/contracts";
import { type ReactNode, useCallback, useMemo } from "react";
import { certificatePath, loadReading, readEffects, readRelease } from "../api/assurance.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { CommandLine } from "../parts/command-line.tsx";
import { EvaluationPart, ReadyPanel } from "../parts/evaluation-part.tsx";
import { Fact, FactList } from "../parts/fact-list.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageContents } from "../parts/page-contents.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { ReleaseEffectsPart } from "../parts/release-effects-part.tsx";
import { ReleaseHistory } from "../parts/release-history.tsx";
import { DriftPart, NextSteps, ReleaseDifference, Signatures } from "../parts/release-parts.tsx";
import { Link } from "../routing/link.tsx";
import { agentPath, readinessPath } from "../routing/route.ts";
import { shownJson } from "../view/opened-leaf.ts";
import { stateWords, wasInForce } from "../view/release-words.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

function Facts({ release }: { readonly release: ReleaseSheet }): ReactNode {
  const { id, agent, state, manifest, author, proposed_at: at, not_after: end } = release;
  return (
    <FactList
      facts={[
        ["Purpose", visibleText(manifest.agent.purpose)],
        ["Tier", manifest.agent.tier],
        ["Environment", visibleText(release.environment)],
        ["Proposed", `${shownTime(at)} by ${visibleText(author)}`],
        ["To be signed until", shownTime(end)],
      ]}
    >
      <Fact label="Agent">
        <Link to={agentPath(agent)}>{visibleText(agent)}</Link>,{" "}
        <Link to={readinessPath(agent)}>its readiness now</Link>
      </Fact>
      <Fact label="State">
        <span className={`badge release-${state}`}>{stateWords(release)}</span>
      </Fact>
      {(state === "active" || state === "past") && (
        <Fact label="Certificate">
          <a href={certificatePath(id)} download={`release-${id}.json`}>
            Download the signed statement
          </a>{" "}
          (DSSE, in-toto)
        </Fact>
      )}
    </FactList>
  );
}

function Readiness(props: { readonly release: ReleaseSheet; readonly onSignedOut: () => void }): ReactNode {
  const { evaluation, blocking, profile } = props.release;
  const reading = useLoaded(loadReading, props.onSignedOut);
  const heldByGate = evaluation.blocking.filter((control) => !blocking.includes(control));
  const verdict = blocking.length === 0 ? "ready" : "not_ready";
  const judged = useMemo(
    () => ({ ...evaluation, blocking, verdict }) as const,
    [evaluation, blocking, verdict],
  );
  return (
    <>
      <ReadyPanel evaluation={judged} profile={`${profile.name} ${profile.version}`} />
      {heldByGate.length > 0 && (
        <p className="quiet">
          {heldByGate.join(", ")} are about the release itself: the gate holds to them when it is promoted.
        </p>
      )}
      <LoadedPart state={reading}>{(found) => <EvaluationPart reading={found} judged={judged} />}</LoadedPart>
    </>
  );
}

function EvidencePack({ id }: { readonly id: string }): ReactNode {
  return (
    <>
      <p>
        The evidence pack is one file: report, proofs, signatures, policies, every sensitive transaction of
        the agent and a sample of the others. It is put together by an operator&rsquo;s signed requests, and
        its reading goes on record:
      </p>
      <p>
        <CommandLine command={`narrowgate evidence export --release ${id} -o evidence.tar`} />
      </p>
      <p>It is checked on a machine that never saw this one, against a trust file that came another way:</p>
      <p>
        <CommandLine command="narrowgate verify evidence.tar --trust trust.json" />
      </p>
    </>
  );
}

function Effects(props: { readonly id: string; readonly onSignedOut: () => void }): ReactNode {
  const { id, onSignedOut } = props;
  const load = useCallback((signal: AbortSignal) => readEffects(id, signal), [id]);
  const state = useLoaded(load, onSignedOut);
  return <LoadedPart state={state}>{(effects) => <ReleaseEffectsPart effects={effects} />}</LoadedPart>;
}

function Whole({ release }: { readonly release: ReleaseSheet }): ReactNode {
  return (
    <Section title="The whole of it">
      <FactList
        facts={[
          ["Release", visibleText(release.release)],
          ["Deployment", visibleText(release.deployment)],
        ]}
      />
      <details>
        <summary>Manifest: what was tested, and runs nowhere in particular</summary>
        <code className="block">{shownJson(release.manifest)}</code>
      </details>
      <details>
        <summary>Deployment: where it runs, and who could sign</summary>
        <code className="block">{shownJson(release.deployment_document)}</code>
      </details>
    </Section>
  );
}

/** One release: what happens next, who signed, what changes, and what it rests on. */
export function ReleasePage({
  id,
  onSignedOut,
  onSignOut,
}: SessionProps & { readonly id: string }): ReactNode {
  const load = useCallback((signal: AbortSignal) => readRelease(id, signal), [id]);
  const state = useLoaded(load, onSignedOut);
  const title = state.kind === "ok" ? `Release of ${visibleText(state.value.agent)}` : "Release";
  return (
    <PageFrame title={title} page="release" onSignOut={onSignOut}>
      <LoadedPart state={state}>
        {(release) => (
          <>
            <Facts release={release} />
            <PageContents />
            <Section title="What happens next">
              <NextSteps release={release} />
            </Section>
            <Section title="Four signatures">
              <Signatures release={release} />
            </Section>
            <Section title="What became of it">
              <ReleaseHistory history={release.history} />
            </Section>
            <Section title="What it changes">
              <ReleaseDifference diff={release.diff} names={release.policy_names} />
            </Section>
            <Section title="What differs now">
              <DriftPart release={release} />
            </Section>
            {wasInForce(release) && (
              <Section title="What calls under it changed">
                <Effects id={release.id} onSignedOut={onSignedOut} />
              </Section>
            )}
            <Section title="Readiness it was proposed on">
              <Readiness release={release} onSignedOut={onSignedOut} />
            </Section>
            <Section title="For an auditor">
              <EvidencePack id={release.id} />
            </Section>
            <Whole release={release} />
          </>
        )}
      </LoadedPart>
    </PageFrame>
  );
}
