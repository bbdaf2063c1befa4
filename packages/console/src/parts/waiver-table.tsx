import type { WaiverLine } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { readinessPath } from "../routing/route.ts";
import { shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

/** Controls that were let go for a while; where there is none, how one comes about. */
export function WaiverTable({ waivers }: { readonly waivers: readonly WaiverLine[] }): ReactNode {
  if (waivers.length === 0)
    return (
      <p className="empty">
        None. A control that cannot pass yet is let go for 30 days at most, by one operator who asks with a
        reason and a control that stands in, and another who agrees. Sixteen can never be let go.
      </p>
    );
  return (
    <CardTable
      caption="Waivers"
      columns={["Control", "Agent", "State", "Until", "Owner", "Reason", "Stands in"]}
    >
      {waivers.map(({ waiver, state }) => (
        <tr key={waiver.id}>
          <th scope="row" data-label="Control">
            {waiver.control}
          </th>
          <td data-label="Agent">
            <Link to={readinessPath(waiver.agent)}>{visibleText(waiver.agent)}</Link>
          </td>
          <td data-label="State">
            <span className="badge">{state}</span>
          </td>
          <td data-label="Until">{shownTime(waiver.until)}</td>
          <td data-label="Owner">{visibleText(waiver.owner)}</td>
          <td data-label="Reason">{visibleText(waiver.reason)}</td>
          <td data-label="Stands in">{waiver.compensating}</td>
        </tr>
      ))}
    </CardTable>
  );
}
