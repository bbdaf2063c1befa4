import { errorRow, type HouseRefusal, isErrorCode } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { transactionPath } from "../routing/route.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";

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
    <table className="cards">
      <caption className="visually-hidden">Refused decisions, youngest first</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">Code</th>
          <th scope="col">What it means</th>
        </tr>
      </thead>
      <tbody>
        {refusals.map((refusal) => (
          <Row key={refusal.entry} refusal={refusal} />
        ))}
      </tbody>
    </table>
  );
}
