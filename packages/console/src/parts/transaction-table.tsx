import type { TransactionSummary } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { transactionPath } from "../routing/route.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

function Row({ transaction }: { readonly transaction: TransactionSummary }): ReactNode {
  const { id, subject, agents, purpose, state, permits, refusals, lastActivityMs } = transaction;
  return (
    <tr>
      <th scope="row" data-label="Purpose">
        <Link to={transactionPath(id)}>
          {purpose === undefined ? "(erased)" : visibleText(purpose)}
          <span className="id">{id}</span>
        </Link>
      </th>
      <td data-label="Subject">{subject === undefined ? "(erased)" : visibleText(subject)}</td>
      <td data-label="Agents">{agents.map(visibleText).join(" → ")}</td>
      <td data-label="State">
        <span className={`badge state-${state}`}>{state}</span>
      </td>
      <td data-label="Permitted" className="number">
        {permits}
      </td>
      <td data-label="Refused" className={refusals > 0 ? "number has-refusals" : "number"}>
        {refusals}
      </td>
      <td data-label="Last activity">
        <time dateTime={machineTime(lastActivityMs)}>{shownTime(lastActivityMs)}</time>
      </td>
    </tr>
  );
}

/** Transactions, youngest first; on a narrow screen each is a card. */
export function TransactionTable(props: { readonly transactions: readonly TransactionSummary[] }): ReactNode {
  return (
    <CardTable
      caption="Transactions, youngest first"
      columns={[
        "Purpose",
        "Subject",
        "Agents",
        "State",
        { number: "Permitted" },
        { number: "Refused" },
        "Last activity",
      ]}
    >
      {props.transactions.map((transaction) => (
        <Row key={transaction.id} transaction={transaction} />
      ))}
    </CardTable>
  );
}
