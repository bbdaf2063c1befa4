import type { ChangedDecision } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { transactionPath } from "../routing/route.ts";
import { changedTransactions, type TransactionChange } from "../view/changed-transactions.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";

/** Rows that are drawn. */
const maxRows = 200;

function Row({ change }: { readonly change: TransactionChange }): ReactNode {
  const { txn, lastMs, decisions, ways } = change;
  const time = <time dateTime={machineTime(lastMs)}>{shownTime(lastMs)}</time>;
  return (
    <tr>
      <th scope="row" data-label="Transaction">
        {txn === "" ? "none" : <Link to={transactionPath(txn)}>{time}</Link>}
        <span className="id">{visibleText(txn)}</span>
      </th>
      <td data-label="Decisions" className="number">
        {decisions}
      </td>
      <td data-label="Was, and would be">
        <ul className="plain-list">
          {ways.map(({ before, after, by }) => (
            <li key={`${before} ${after} ${by}`}>
              <code>{visibleText(before)}</code> → <code>{visibleText(after)}</code>
              {by !== "" && <span className="quiet"> by {visibleText(by)}</span>}
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

/** Transactions some decision of which would be another, newest first; each leads to its page. */
export function ChangedTransactions({
  changes,
}: {
  readonly changes: readonly ChangedDecision[];
}): ReactNode {
  const all = changedTransactions(changes);
  return (
    <>
      <table className="cards">
        <caption className="visually-hidden">Transactions that would change, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Transaction</th>
            <th scope="col" className="number">
              Decisions
            </th>
            <th scope="col">Was, and would be</th>
          </tr>
        </thead>
        <tbody>
          {all.slice(0, maxRows).map((change) => (
            <Row key={change.txn} change={change} />
          ))}
        </tbody>
      </table>
      {all.length > maxRows && <p>{all.length - maxRows} older ones are not shown.</p>}
    </>
  );
}
