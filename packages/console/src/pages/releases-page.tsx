import type { ReleaseLine, ReleaseList } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { listReleases } from "../api/assurance.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { CardTable } from "../parts/card-table.tsx";
import { GlassTable } from "../parts/glass-table.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { Link } from "../routing/link.tsx";
import { readinessPath, releasePath } from "../routing/route.ts";
import { standsWords } from "../view/change-words.ts";
import { SIGNING_ROLES, stateWords } from "../view/release-words.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

function Row({ release }: { readonly release: ReleaseLine }): ReactNode {
  const { id, agent, state, author, proposed_at: at, profile, signed, lapsed, blocking } = release;
  const stands = standsWords(release);
  const counted = signed.filter(({ role }) => !lapsed.includes(role));
  return (
    <tr>
      <th scope="row" data-label="Release">
        <Link to={releasePath(id)}>
          {visibleText(agent)}
          <span className="id">{id}</span>
        </Link>
      </th>
      <td data-label="State">
        <span className={`badge release-${state}`}>{stateWords(release)}</span>
        {stands !== undefined && (
          <span className={release.stands?.stops.length === 0 ? "quiet stands" : "failure stands"}>
            {stands}
          </span>
        )}
      </td>
      <td data-label="Signed">
        <span className="strip" aria-hidden="true">
          {SIGNING_ROLES.map(([role]) => (
            <span
              key={role}
              className={`square v-${counted.some((one) => one.role === role) ? "pass" : "not_established"}`}
            />
          ))}
        </span>
        {counted.length} of 4
      </td>
      <td data-label="Blocked by">
        {blocking.length === 0 ? (
          "nothing"
        ) : (
          <Link to={readinessPath(agent)}>{blocking.length} controls</Link>
        )}
      </td>
      <td data-label="Profile">
        {visibleText(profile.name)} {profile.version}
      </td>
      <td data-label="Proposed">
        <time dateTime={machineTime(at)}>{shownTime(at)}</time> by {visibleText(author)}
      </td>
    </tr>
  );
}

function Releases({ found }: { readonly found: ReleaseList }): ReactNode {
  const { releases, glasses, isRequired, environment, overlays } = found;
  return (
    <>
      <p className="quiet">
        {isRequired
          ? "Here an agent gets tokens only while a release of it is in force that four people signed."
          : `In an environment of ${visibleText(environment)} agents get tokens without a release; in production four people sign first.`}
      </p>
      {overlays.map(({ by, until }) => (
        <p key={`${by} ${until}`}>
          Something is forbidden over all of them until{" "}
          <time dateTime={machineTime(until)}>{shownTime(until)}</time>, by {visibleText(by)}:{" "}
          <code>narrowgate policy overlays</code>
        </p>
      ))}
      {releases.length === 0 ? (
        <p className="empty">
          No release was proposed. It is everything that decides what an agent may do, made to be read and
          signed: <code>narrowgate release propose AGENT</code>
        </p>
      ) : (
        <CardTable
          caption="Releases, newest first"
          columns={["Release", "State", "Signed", "Blocked by", "Profile", "Proposed"]}
        >
          {releases.map((release) => (
            <Row key={release.id} release={release} />
          ))}
        </CardTable>
      )}
      {glasses.length > 0 && (
        <Section title="Break-glass">
          <p className="quiet">
            An agent let through for a short time without a release that four people signed; somebody else
            reviews it afterwards.
          </p>
          <GlassTable glasses={glasses} />
        </Section>
      )}
    </>
  );
}

/** What was proposed, who signed it, and what is in force. */
export function ReleasesPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  const state = useLoaded(listReleases, onSignedOut);
  return (
    <PageFrame title="Releases" page="releases" onSignOut={onSignOut}>
      <LoadedPart state={state}>{(found) => <Releases found={found} />}</LoadedPart>
    </PageFrame>
  );
}
