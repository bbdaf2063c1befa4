import type { ReactNode } from "react";
import type { Fact } from "../view/leaf-facts.ts";
import type { InputRow } from "../view/opened-leaf.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import type { TimelineItem } from "../view/timeline.ts";
import { DecisionBadge } from "./decision-badge.tsx";
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

function Inputs({ inputs }: { readonly inputs: readonly InputRow[] }): ReactNode {
  return (
    <table className="cards inputs">
      <caption>Every input of the decision, and where it comes from</caption>
      <thead>
        <tr>
          <th scope="col">Input</th>
          <th scope="col">Value</th>
          <th scope="col">Provenance</th>
        </tr>
      </thead>
      <tbody>
        {inputs.map(({ path, value, from }) => (
          <tr key={path + value}>
            <th scope="row">
              <code>{path}</code>
            </th>
            <td data-label="Value">
              <code>{value}</code>
            </td>
            <td data-label="Provenance">{from}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Disclosed({ item }: { readonly item: TimelineItem }): ReactNode {
  const { entry, index, facts, inputs } = item;
  return (
    <details>
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

function Event({ item }: { readonly item: TimelineItem }): ReactNode {
  const { atMs, kind, sentence, status, by, verdict, failures } = item;
  const tone = failures.length > 0 ? "is-failed" : `is-${verdict ?? "plain"}`;
  return (
    <li className={`event ${tone}`} data-kind={kind}>
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
      <Disclosed item={item} />
    </li>
  );
}

/** What happened, in the order of the log. */
export function TimelineList({ items }: { readonly items: readonly TimelineItem[] }): ReactNode {
  return (
    <ol className="timeline">
      {items.map((item) => (
        <Event key={item.entry} item={item} />
      ))}
    </ol>
  );
}
