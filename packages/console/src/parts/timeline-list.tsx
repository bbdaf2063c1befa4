import { type ReactNode, useEffect } from "react";
import { counted } from "../view/counted.ts";
import type { Hop, HopRow } from "../view/hops.ts";
import type { Fact } from "../view/leaf-facts.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import type { TimelineItem } from "../view/timeline.ts";
import { DecisionBadge } from "./decision-badge.tsx";
import { Inputs } from "./input-table.tsx";
import { Labels } from "./label-chips.tsx";
import { entryAnchor, revealEntry } from "./reveal-entry.ts";
import { StatusBadge } from "./status-badge.tsx";

function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl className="facts">
      {facts.map(({ label, value, isCode }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{isCode ? <code className="block">{value}</code> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

type Shown = { readonly item: TimelineItem; readonly isOpen: boolean };

function Disclosed({ item, isOpen }: Shown): ReactNode {
  const { entry, index, facts, inputs } = item;
  return (
    <details open={isOpen}>
      <summary>
        Details<span className="visually-hidden"> of entry {index}</span>
      </summary>
      {facts.length > 0 && <Facts facts={facts} />}
      {inputs.length > 0 && <Inputs inputs={inputs} />}
      <p className="quiet">
        Entry {index} of the log, <code>{entry}</code>
      </p>
    </details>
  );
}

function Event({ item, isOpen }: Shown): ReactNode {
  const { atMs, kind, sentence, status, by, verdict, failures, labels } = item;
  const tone = failures.length > 0 ? "is-failed" : `is-${verdict ?? "plain"}`;
  return (
    <li className={`event ${tone}`} data-kind={kind} id={entryAnchor(item.entry)}>
      <div className="event-head">
        <span className="kind">{kind}</span>
        {verdict !== undefined && <DecisionBadge verdict={verdict} />}
        <StatusBadge status={status} by={by} />
        <time dateTime={machineTime(atMs)}>{shownTime(atMs)}</time>
      </div>
      <p>{sentence}</p>
      {failures.map(({ rule, message }) => (
        <p key={rule + message} className="failure">
          <strong>Fails rule {rule}:</strong> {message}
        </p>
      ))}
      {labels.length > 0 && <Labels labels={labels} />}
      <Disclosed item={item} isOpen={isOpen} />
    </li>
  );
}

function Row({ row, trouble }: { readonly row: HopRow; readonly trouble: string | undefined }): ReactNode {
  if (row.kind === "event") return <Event item={row.item} isOpen={row.item.entry === trouble} />;
  const [first, last] = [row.items[0], row.items.at(-1)];
  return (
    <li className="quiet-run">
      <details>
        <summary>
          {counted(row.items.length, "event")}, none refused
          {first !== undefined && last !== undefined && (
            <span className="span-of">
              {" "}
              <time dateTime={machineTime(first.atMs)}>{shownTime(first.atMs)}</time> to{" "}
              <time dateTime={machineTime(last.atMs)}>{shownTime(last.atMs)}</time>
            </span>
          )}
        </summary>
        <ol className="timeline">
          {row.items.map((item) => (
            <Event key={item.entry} item={item} isOpen={false} />
          ))}
        </ol>
      </details>
    </li>
  );
}

const rowKey = (row: HopRow): string =>
  row.kind === "event" ? row.item.entry : `from ${row.items[0]?.entry}`;

function HopPart({ hop, trouble }: { readonly hop: Hop; readonly trouble: string | undefined }): ReactNode {
  const { actors, rows, events, permits, refusals, failed, isOpen } = hop;
  return (
    <details className={`hop ${failed > 0 ? "is-failed" : ""}`} open={isOpen}>
      <summary>
        <strong>{actors === undefined ? "The task itself" : actors.join(" → ")}</strong>
        <span className="hop-counts">
          {counted(events, "event")}
          {permits > 0 && `, ${permits} permitted`}
          {refusals > 0 && <span className="bad">, {refusals} refused</span>}
          {failed > 0 && <span className="bad">, {failed} breaking a rule</span>}
        </span>
      </summary>
      <ol className="timeline">
        {rows.map((row) => (
          <Row key={rowKey(row)} row={row} trouble={trouble} />
        ))}
      </ol>
    </details>
  );
}

/** What happened, by who acted; within that in the order of the log. */
export function Timeline(props: {
  readonly hops: readonly Hop[];
  readonly trouble: string | undefined;
}): ReactNode {
  const { hops } = props;
  // Once for each story that is shown; an address with a leaf in it leads to that leaf.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another story is another reason to go there.
  useEffect(() => revealEntry(location.hash), [hops]);
  return hops.map((hop) => (
    <HopPart key={JSON.stringify(hop.actors ?? null)} hop={hop} trouble={props.trouble} />
  ));
}
