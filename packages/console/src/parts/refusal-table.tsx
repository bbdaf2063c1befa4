import { errorRow, type HouseRefusal, isErrorCode } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { transactionPath } from "../routing/route.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

function Row({ refusal }: { readonly refusal: HouseRefusal }): ReactNode {
  const { txn, atMs, action, code } = refusal;
  const time = <time dateTime={machineTime(atMs)}>{shownTime(atMs)}</time>;
  return (
    <tr>
      <th scope="row" data-label="When">
        {txn === undefined ? time : <Link to={transactionPath(txn)}>{time}</Link>}
      </th>
      <td data-label="What">{visibleText(action)}</td>
      <td data-label="Code">
        <code>{visibleText(code)}</code>
      </td>
      <td data-label="What it means">{isErrorCode(code) ? errorRow(code).sentence : ""}</td>
    </tr>
  );
}

/** Refused decisions, youngest first; each leads to its transaction, where there is one. */
export function RefusalTable({ refusals }: { readonly refusals: readonly HouseRefusal[] }): ReactNode {
  return (
    <CardTable
      caption="Refused decisions, youngest first"
      columns={["When", "What", "Code", "What it means"]}
    >
      {refusals.map((refusal) => (
        <Row key={refusal.entry} refusal={refusal} />
      ))}
    </CardTable>
  );
}
