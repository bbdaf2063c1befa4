import type { PolicyFiles, PolicySurroundings } from "@narrowgate/contracts";
import { type ReactNode, type RefObject, useMemo, useRef, useState } from "react";
import type { Outcome } from "../api/outcome.ts";
import { listPolicyVersions, readPolicies, readSurroundings } from "../api/policies.ts";
import { useLoaded } from "../api/use-loaded.ts";
import {
  bundleOf,
  type Draft,
  draftOf,
  isTestFile,
  keepDraft,
  keptDraft,
  withText,
} from "../editor/draft.ts";
import { PolicyText } from "../editor/policy-text.tsx";
import type { Problem } from "../looking-ahead/messages.ts";
import { useCheck } from "../looking-ahead/use-check.ts";
import { CandidateCheck } from "../parts/candidate-check.tsx";
import { DraftFiles } from "../parts/draft-files.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { PublishPart } from "../parts/publish-part.tsx";
import { WhatIfPart } from "../parts/what-if-part.tsx";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

/** How long after a key the text is checked. */
const CHECK_DELAY_MS = 400;

interface Start {
  readonly needsTwo: boolean;
  /** Of the version in force; undefined where there is none. */
  readonly version: number | undefined;
  readonly inForce: PolicyFiles | undefined;
  readonly surroundings: PolicySurroundings;
}

/** What is in force, to begin with, and what it is looked at beside. */
async function loadStart(signal: AbortSignal): Promise<Outcome<Start>> {
  const [versions, surroundings] = await Promise.all([listPolicyVersions(signal), readSurroundings(signal)]);
  if (versions.kind !== "ok") return versions;
  if (surroundings.kind !== "ok") return surroundings;
  const { needsTwo, versions: lines } = versions.value;
  const version = lines[0]?.version;
  const found = version === undefined ? undefined : await readPolicies(version, signal);
  if (found !== undefined && found.kind !== "ok") return found;
  const inForce = found?.value.bundle;
  return { kind: "ok", value: { needsTwo, version, inForce, surroundings: surroundings.value } };
}

/** Puts the caret at the beginning of a line and shows it. */
function goToLine(area: RefObject<HTMLTextAreaElement | null>, line: number): void {
  const field = area.current;
  if (field === null) return;
  const lines = field.value.split("\n");
  const at = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  field.focus();
  field.setSelectionRange(at, at + (lines[line - 1]?.length ?? 0));
}

function Editor(props: {
  readonly start: Start;
  readonly inForce: PolicyFiles;
  readonly onSignedOut: () => void;
}): ReactNode {
  const { start, inForce, onSignedOut } = props;
  const { surroundings, version, needsTwo } = start;
  const [draft, setDraft] = useState(() => keptDraft() ?? draftOf(inForce.files));
  const area = useRef<HTMLTextAreaElement>(null);
  const change = (next: Draft | undefined): void => {
    keepDraft(next);
    setDraft(next ?? draftOf(inForce.files));
  };
  // The file that is shown is no part of what is checked.
  const { files } = draft;
  const input = useMemo(
    () => ({
      bundle: bundleOf({ files, shown: "" }, inForce.schema),
      before: inForce,
      tests: files.filter(isTestFile),
      surroundings,
      wantsWords: true,
    }),
    [files, inForce, surroundings],
  );
  const state = useCheck(input, CHECK_DELAY_MS);
  const { words } = state;
  const vocabulary = useMemo(
    () => (words === undefined ? undefined : { words, surroundings }),
    [words, surroundings],
  );
  const go = ({ file, line = 1 }: Problem): void => {
    setDraft({ ...draft, shown: file });
    // The other file is in the field once it is drawn.
    requestAnimationFrame(() => goToLine(area, line));
  };
  const shown = files.find(({ name }) => name === draft.shown);
  const isTest = shown !== undefined && isTestFile(shown);
  const digest = state.check?.state === "compiled" ? state.check.digest : undefined;
  return (
    <>
      <Section title="Text">
        <DraftFiles draft={draft} onDraft={change} onReset={() => change(undefined)} />
        <PolicyText
          label={visibleText(draft.shown)}
          text={shown?.text ?? ""}
          onText={(text) => change(withText(draft, text))}
          vocabulary={isTest ? undefined : vocabulary}
          area={area}
        />
      </Section>
      <CandidateCheck
        state={state}
        surroundings={surroundings}
        differsFrom={`Differs from version ${version ?? 0}, in force`}
        onGo={go}
      />
      <Section title="What if">
        <WhatIfPart
          bundle={digest === undefined ? undefined : input.bundle}
          digest={digest}
          onSignedOut={onSignedOut}
        />
      </Section>
      <Section title="Put them in force">
        <PublishPart needsTwo={needsTwo} digest={digest} />
      </Section>
    </>
  );
}

/** Policies somebody writes and tries, without anything coming into force. */
export function PolicyEditorPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  const state = useLoaded(loadStart, onSignedOut);
  return (
    <PageFrame title="Try policies" page="policy-editor" onSignOut={onSignOut}>
      <p>
        What you write is compiled, tested and compared in this browser, by the engine that decides. It is
        sent nowhere, and ends with this page.
      </p>
      <LoadedPart state={state}>
        {(start) =>
          start.inForce === undefined ? (
            <p className="empty">
              No policies are in force that could be read, so no schema is known. Describe agents and servers
              in a file that names policies, then type <code>narrowgate apply -f narrowgate.yaml</code>
            </p>
          ) : (
            <Editor start={start} inForce={start.inForce} onSignedOut={onSignedOut} />
          )
        }
      </LoadedPart>
    </PageFrame>
  );
}
