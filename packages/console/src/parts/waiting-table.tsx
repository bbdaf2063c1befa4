import type { WaitingCall } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

/** `approver#1` in words. */
function requirementText(requirement: string): string {
  const [role = "", slot = ""] = requirement.split("#", 2);
  return slot === "" || slot === "1" ? visibleText(role) : `${visibleText(role)} (${visibleText(slot)})`;
}

function requirementsText(requirements: readonly string[]): string {
  return requirements.map(requirementText).join(", ");
}

function Row({ call }: { readonly call: WaitingCall }): ReactNode {
  const { agent, subject, server, operation, effect, requires, missing, askedAtMs, notAfterMs, url } = call;
  return (
    <tr>
      <th scope="row" data-label="Operation">
        <a href={url} rel="noreferrer">
          {visibleText(server)}: {visibleText(operation)}
        </a>{" "}
        <span className="badge">{visibleText(effect)}</span>
      </th>
      <td data-label="Agent">{visibleText(agent)}</td>
      <td data-label="For">{visibleText(subject)}</td>
      <td data-label="Requires">{requirementsText(requires)}</td>
      <td data-label="Missing">
        {missing.length === 0 ? "nothing: signed, not used yet" : requirementsText(missing)}
      </td>
      <td data-label="Asked">
        <time dateTime={machineTime(askedAtMs)}>{shownTime(askedAtMs)}</time>
      </td>
      <td data-label="Ends">
        <time dateTime={machineTime(notAfterMs)}>{shownTime(notAfterMs)}</time>
      </td>
    </tr>
  );
}

/** Calls that wait for people, oldest first; each leads to its own page on the approval origin. */
export function WaitingTable({ calls }: { readonly calls: readonly WaitingCall[] }): ReactNode {
  return (
    <CardTable
      caption="Calls that wait for approval, oldest first"
      columns={["Operation", "Agent", "For", "Requires", "Missing", "Asked", "Ends"]}
    >
      {calls.map((call) => (
        <Row key={call.id} call={call} />
      ))}
    </CardTable>
  );
}
