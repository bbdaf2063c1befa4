import type { Usage } from "@narrowgate/assurance/reading";
import type { ReactNode } from "react";
import { counted } from "../view/counted.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

/** What is granted, and what of it was seen used. */
export function UsageTable({ usage }: { readonly usage: Usage }): ReactNode {
  const { rows, used, idleWrites, opened, calls, gone } = usage;
  return (
    <>
      <p>
        {used} of {counted(rows.length, "operation")} used.{" "}
        {idleWrites > 0 && `${counted(idleWrites, "operation")} that can change something: never seen used. `}
        The operation is known of {opened} of {counted(calls, "call")}.
      </p>
      <CardTable
        caption="Operations that are granted"
        columns={["Operation", "Effect", "Class of data", { number: "Calls" }, "Last used"]}
      >
        {rows.map(({ server, kind, name, effect, dataClass, calls: own, last }) => (
          <tr key={`${server} ${kind} ${name}`}>
            <th scope="row" data-label="Operation">
              {visibleText(`${server}: ${kind} ${name}`)}
            </th>
            <td data-label="Effect">{effect}</td>
            <td data-label="Class of data">{dataClass}</td>
            <td data-label="Calls" className="number">
              {own}
            </td>
            <td data-label="Last used">{last === undefined ? "never" : shownTime(last)}</td>
          </tr>
        ))}
      </CardTable>
      {gone.length > 0 && (
        <p className="quiet">Used, and granted no more: {gone.map(visibleText).join(", ")}</p>
      )}
    </>
  );
}
