import type { ReleaseEvent } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { ACTION_WORDS, SIGNING_ROLES } from "../view/release-words.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";
import { EntryLink } from "./entry-link.tsx";

function roleWords(role: string): string {
  return SIGNING_ROLES.find(([name]) => name === role)?.[1] ?? visibleText(role);
}

/** What became of a proposal, leaf by leaf: proposed, signed, brought into force, taken out of it. */
export function ReleaseHistory({ history }: { readonly history: readonly ReleaseEvent[] }): ReactNode {
  return (
    <CardTable caption="What became of it, oldest first" columns={["What", "Who", "When", "Entry"]}>
      {history.map(({ entry, index, atMs, action, who, role }) => (
        <tr key={entry}>
          <th scope="row" data-label="What">
            {ACTION_WORDS[action] ?? visibleText(action)}
            {role !== undefined && <span className="quiet"> ({roleWords(role)})</span>}
          </th>
          <td data-label="Who">{visibleText(who)}</td>
          <td data-label="When">
            <time dateTime={machineTime(atMs)}>{shownTime(atMs)}</time>
          </td>
          <td data-label="Entry">
            <EntryLink entry={entry} index={index} />
          </td>
        </tr>
      ))}
    </CardTable>
  );
}
