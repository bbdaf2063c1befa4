import type { PolicyFiles, PolicySurroundings, PolicyVersion } from "@narrowgate/contracts";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import type { Outcome } from "../api/outcome.ts";
import { readPolicies, readSurroundings } from "../api/policies.ts";
import { useLoaded } from "../api/use-loaded.ts";
import type { CandidateFile } from "../looking-ahead/messages.ts";
import { useCheck } from "../looking-ahead/use-check.ts";
import { CandidateCheck } from "../parts/candidate-check.tsx";
import { FactList } from "../parts/fact-list.tsx";
import { FilesChoice } from "../parts/files-choice.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { Link } from "../routing/link.tsx";
import { POLICY_EDITOR_PATH, policyVersionPath } from "../routing/route.ts";
import { operatorWords } from "../view/operator-words.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

interface Sheet {
  readonly own: PolicyVersion;
  readonly before: PolicyFiles | undefined;
  readonly surroundings: PolicySurroundings;
}

/** A version, the one before it, and what they are looked at beside. */
async function loadSheet(version: number, signal: AbortSignal): Promise<Outcome<Sheet>> {
  const [own, surroundings] = await Promise.all([readPolicies(version, signal), readSurroundings(signal)]);
  if (own.kind !== "ok") return own;
  if (surroundings.kind !== "ok") return surroundings;
  const before = version === 1 ? undefined : await readPolicies(version - 1, signal);
  if (before !== undefined && before.kind !== "ok") return before;
  return {
    kind: "ok",
    value: { own: own.value, before: before?.value.bundle, surroundings: surroundings.value },
  };
}

function Facts({ own }: { readonly own: PolicyVersion }): ReactNode {
  const { version, atMs, digest, procedure, author, approver } = own;
  const facts: readonly (readonly [string, string])[] = [
    ["Since", shownTime(atMs)],
    ...(author === undefined ? [] : ([["Proposed by", operatorWords(author)]] as const)),
    ["Put in force by", operatorWords(approver)],
    ["Digest", visibleText(digest)],
    ["Decision procedure", visibleText(procedure)],
  ];
  return (
    <>
      <FactList facts={facts} />
      <p>
        {version > 1 && <Link to={policyVersionPath(version - 1)}>Version {version - 1}</Link>}{" "}
        <Link to={POLICY_EDITOR_PATH}>Try other policies</Link>
      </p>
      <p className="quiet">
        To put this version in force again, as a new one, type{" "}
        <code>narrowgate policy rollback {version}</code>
      </p>
    </>
  );
}

const noTests: readonly CandidateFile[] = [];

function Content(props: { readonly sheet: Sheet; readonly bundle: PolicyFiles }): ReactNode {
  const { sheet, bundle } = props;
  const { own, before, surroundings } = sheet;
  const [tests, setTests] = useState(noTests);
  const input = useMemo(
    () => ({ bundle, before, tests, surroundings, wantsWords: false }),
    [bundle, before, tests, surroundings],
  );
  const state = useCheck(input, 0);
  return (
    <>
      <CandidateCheck
        state={state}
        surroundings={surroundings}
        differsFrom={`Differs from version ${own.version - 1}`}
      />
      <Section title="Run tests on this version">
        <FilesChoice
          label="Files of tests"
          hint="They stay in this browser."
          accept=".yaml,.yml"
          onFiles={setTests}
        />
      </Section>
    </>
  );
}

/** One version of the policies: who put it in force, what each policy says, what differs, tests and analysis. */
export function PolicyVersionPage({
  version,
  onSignedOut,
  onSignOut,
}: SessionProps & { readonly version: number }): ReactNode {
  const load = useCallback((signal: AbortSignal) => loadSheet(version, signal), [version]);
  const state = useLoaded(load, onSignedOut);
  return (
    <PageFrame title={`Policies, version ${version}`} page="policy-version" onSignOut={onSignOut}>
      <LoadedPart state={state}>
        {(sheet) => (
          <>
            <Facts own={sheet.own} />
            {sheet.own.bundle === undefined ? (
              <p>The files of this version were erased.</p>
            ) : (
              <Content sheet={sheet} bundle={sheet.own.bundle} />
            )}
          </>
        )}
      </LoadedPart>
    </PageFrame>
  );
}
