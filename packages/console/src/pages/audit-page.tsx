import type { AuditTrail } from "@narrowgate/contracts";
import { type FormEvent, type ReactNode, useId } from "react";
import { readAudit } from "../api/assurance.ts";
import { readHouse } from "../api/house.ts";
import { useLoaded } from "../api/use-loaded.ts";
import { CardTable } from "../parts/card-table.tsx";
import { EntryLink } from "../parts/entry-link.tsx";
import { LogFacts } from "../parts/house-facts.tsx";
import { LoadedPart, Section } from "../parts/loaded-part.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { WaiverTable } from "../parts/waiver-table.tsx";
import { Link } from "../routing/link.tsx";
import { entryPath } from "../routing/route.ts";
import { goTo } from "../routing/use-path.ts";
import { counted } from "../view/counted.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

const places: readonly (readonly [to: string, name: string, what: string])[] = [
  ["/readiness", "Readiness", "every agent, every control, with the leaves it rests on"],
  ["/releases", "Releases", "what was proposed, who signed it, what is in force, what differs"],
  ["/drills", "Drills", "attacks and faults on the real stack, and what each came to"],
  ["/transactions", "Transactions", "what agents did for somebody, verified in this browser"],
  ["/policies", "Policies", "every version, who proposed it, and who put it in force"],
  ["/agents", "Agents", "who answers for each, what it may do at most, where it runs"],
  ["/people", "People", "who may sign in, approve or sign, and with what"],
  ["/verify", "Verify a file", "a proof that somebody gave you, without asking this server"],
];

function When({ atMs }: { readonly atMs: number }): ReactNode {
  return <time dateTime={machineTime(atMs)}>{shownTime(atMs)}</time>;
}

/** A log's name ends in the path it is published under (evidence.md section 1). */
function Origin({ origin }: Pick<AuditTrail, "origin">): ReactNode {
  const path = /^[^/]+(\/log\/[\w-]+)$/.exec(origin)?.[1];
  return (
    <p className="quiet">
      Its name is <span className="id">{visibleText(origin)}</span>.
      {path !== undefined && (
        <>
          {" "}
          Its <a href={`${path}/checkpoint`}>newest signed head</a> is public.
        </>
      )}
    </p>
  );
}

function OnRecord({ trail }: { readonly trail: AuditTrail }): ReactNode {
  if (trail.assurance.length === 0)
    return (
      <p className="empty">
        Nothing yet. An evaluation goes on record with <code>narrowgate readiness AGENT</code>
      </p>
    );
  return (
    <CardTable
      caption="Evaluations, drills, waivers and releases"
      columns={["What", "Agent", "When", "Entry"]}
    >
      {trail.assurance.map(({ entry, index, atMs, what, agent }) => (
        <tr key={entry}>
          <th scope="row" data-label="What">
            {visibleText(what)}
          </th>
          <td data-label="Agent">{agent === undefined ? "the plane" : visibleText(agent)}</td>
          <td data-label="When">
            <When atMs={atMs} />
          </td>
          <td data-label="Entry">
            <EntryLink entry={entry} index={index} />
          </td>
        </tr>
      ))}
    </CardTable>
  );
}

function Readings({ trail }: { readonly trail: AuditTrail }): ReactNode {
  if (trail.readings.length === 0)
    return <p className="empty">Nobody read evidence lately. This page itself will stand here next time.</p>;
  return (
    <CardTable caption="Who read evidence" columns={["Who", "What", "When"]}>
      {trail.readings.map(({ entry, atMs, who, kind, from, count }) => (
        <tr key={entry}>
          <th scope="row" data-label="Who">
            {visibleText(who)} <span className="badge">{kind}</span>
          </th>
          <td data-label="What">
            {counted(count, "entry", "entries")} from {from} on (
            <EntryLink entry={entry}>its own entry</EntryLink>)
          </td>
          <td data-label="When">
            <When atMs={atMs} />
          </td>
        </tr>
      ))}
    </CardTable>
  );
}

/** An auditor often has an id from a report, or from somebody else. */
function FindEntry(): ReactNode {
  const field = useId();
  const open = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const wanted = new FormData(event.currentTarget).get("id");
    if (typeof wanted === "string") goTo(entryPath(wanted.trim()));
  };
  return (
    <form className="find" onSubmit={open}>
      <label htmlFor={field}>Open an entry by its id</label>
      <input
        id={field}
        name="id"
        required
        pattern="\s*[A-Za-z0-9_\-]{22}\s*"
        title="22 letters, digits, - or _"
        autoComplete="off"
        spellCheck={false}
      />
      <button type="submit">Open</button>
    </form>
  );
}

/** From here an auditor reaches everything, and changes nothing. */
export function AuditPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  const house = useLoaded(readHouse, onSignedOut);
  const trail = useLoaded(readAudit, onSignedOut);
  return (
    <PageFrame title="Audit" page="audit" onSignOut={onSignOut}>
      <p className="quiet">Everything here is read, and that you read it goes on record.</p>
      <ul className="doors">
        {places.map(([to, name, what]) => (
          <li key={to}>
            <Link to={to}>{name}</Link>
            <span className="quiet">{what}</span>
          </li>
        ))}
      </ul>
      <Section title="The log">
        <LoadedPart state={house}>{(overview) => <LogFacts overview={overview} />}</LoadedPart>
        <LoadedPart state={trail}>{({ origin }) => <Origin origin={origin} />}</LoadedPart>
        <FindEntry />
      </Section>
      <Section title="On record lately">
        <LoadedPart state={trail}>{(found) => <OnRecord trail={found} />}</LoadedPart>
      </Section>
      <Section title="Waivers">
        <LoadedPart state={trail}>{({ waivers }) => <WaiverTable waivers={waivers} />}</LoadedPart>
      </Section>
      <Section title="Who read what">
        <LoadedPart state={trail}>{(found) => <Readings trail={found} />}</LoadedPart>
      </Section>
    </PageFrame>
  );
}
