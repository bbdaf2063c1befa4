import type { ChangedDecision } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { transactionPath } from "../routing/route.ts";
import { changedTransactions, type TransactionChange } from "../view/changed-transactions.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

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
      <CardTable
        caption="Transactions that would change, newest first"
        columns={["Transaction", { number: "Decisions" }, "Was, and would be"]}
      >
        {all.slice(0, maxRows).map((change) => (
          <Row key={change.txn} change={change} />
        ))}
      </CardTable>
      {all.length > maxRows && <p>{all.length - maxRows} older ones are not shown.</p>}
    </>
  );
}
