import type { PolicyVersionLine, PolicyVersions } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { listPolicyVersions, readShadow } from "../api/policies.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { CardTable } from "../parts/card-table.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { ShadowPart } from "../parts/shadow-part.tsx";
import { Link } from "../routing/link.tsx";
import { POLICY_EDITOR_PATH, policyVersionPath } from "../routing/route.ts";
import { operatorWords } from "../view/operator-words.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

/** The oldest of these with the same digest, where that is another: it was put in force again. */
function sameAs(line: PolicyVersionLine, lines: readonly PolicyVersionLine[]): number | undefined {
  const version = lines.findLast(({ digest }) => digest === line.digest)?.version;
  return version === line.version ? undefined : version;
}

function Row(props: {
  readonly line: PolicyVersionLine;
  readonly isInForce: boolean;
  readonly same: number | undefined;
}): ReactNode {
  const { line, isInForce, same } = props;
  const { version, atMs, digest, approver } = line;
  return (
    <tr>
      <th scope="row" data-label="Version">
        <Link to={policyVersionPath(version)}>Version {version}</Link>{" "}
        {isInForce && <span className="badge status-proven">in force</span>}{" "}
        {same !== undefined && <span className="badge">as version {same}</span>}
      </th>
      <td data-label="Since">
        <time dateTime={machineTime(atMs)}>{shownTime(atMs)}</time>
      </td>
      <td data-label="Put in force by">{operatorWords(approver)}</td>
      <td data-label="Digest">
        <span className="id">{visibleText(digest)}</span>
      </td>
    </tr>
  );
}

function Versions({ found }: { readonly found: PolicyVersions }): ReactNode {
  const { needsTwo, total, versions } = found;
  if (versions.length === 0)
    return (
      <p className="empty">
        No policies are in force, so every call is refused. Five beginnings with their tests come with the
        product; name their files in a registry file, then type{" "}
        <code>narrowgate apply -f narrowgate.yaml</code>
      </p>
    );
  return (
    <>
      <CardTable
        caption="Versions of the policies, newest first"
        columns={["Version", "Since", "Put in force by", "Digest"]}
      >
        {versions.map((line) => (
          <Row
            key={line.version}
            line={line}
            isInForce={line.version === total}
            same={sameAs(line, versions)}
          />
        ))}
      </CardTable>
      {total > versions.length && (
        <p>
          The newest {versions.length} of {total} stand here.
        </p>
      )}
      <p className="quiet">
        {needsTwo
          ? "Here the operator who proposes policies and the one who puts them in force are two."
          : "Here one operator proposes policies and puts them in force; in production they are two."}
      </p>
      <p>
        <Link to={POLICY_EDITOR_PATH}>Try other policies</Link>: write, test and compare them with what was
        decided, without anything coming into force.
      </p>
    </>
  );
}

/** Which policies are in force, which were, and what the candidate beside them says. */
export function PoliciesPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  const versions = useLoaded(listPolicyVersions, onSignedOut);
  const shadow = useLoaded(readShadow, onSignedOut);
  return (
    <PageFrame title="Policies" page="policies" onSignOut={onSignOut}>
      <Section title="Versions">
        <LoadedPart state={versions}>{(found) => <Versions found={found} />}</LoadedPart>
      </Section>
      <Section title="In the shadow">
        <LoadedPart state={shadow}>{(found) => <ShadowPart shadow={found} />}</LoadedPart>
      </Section>
    </PageFrame>
  );
}
