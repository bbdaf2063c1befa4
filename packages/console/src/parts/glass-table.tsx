import type { GlassLine } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { Link } from "../routing/link.tsx";
import { agentPath } from "../routing/route.ts";
import { GLASS_STATE_WORDS } from "../view/release-words.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import { CardTable } from "./card-table.tsx";

function When({ atMs }: { readonly atMs: number | undefined }): ReactNode {
  return atMs === undefined ? "" : <time dateTime={machineTime(atMs)}>{shownTime(atMs)}</time>;
}

function Row({ glass }: { readonly glass: GlassLine }): ReactNode {
  const { agent, state, asked_by: by, asked_at: at, signed, until, review_due: due, overdue } = glass;
  const names = signed.map(({ role, name }) => `${visibleText(name)} (${visibleText(role)})`);
  return (
    <tr>
      <th scope="row" data-label="Agent">
        <Link to={agentPath(agent)}>{visibleText(agent)}</Link>
      </th>
      <td data-label="State">
        <span className={`badge glass-${state}`}>{GLASS_STATE_WORDS[state]}</span>
      </td>
      <td data-label="Asked">
        <When atMs={at} /> by {visibleText(by)}
      </td>
      <td data-label="Signed by">{names.join(", ") || "nobody"}</td>
      <td data-label="Until">
        <When atMs={until} />
      </td>
      <td data-label="Review by" className={overdue === true ? "has-refusals" : undefined}>
        <When atMs={due} />
        {overdue === true && " (overdue)"}
      </td>
    </tr>
  );
}

/** Agents that were let through for a short time without a release, and whether that was reviewed. */
export function GlassTable({ glasses }: { readonly glasses: readonly GlassLine[] }): ReactNode {
  return (
    <CardTable
      caption="Let through by two people, newest first"
      columns={["Agent", "State", "Asked", "Signed by", "Until", "Review by"]}
    >
      {glasses.map((glass) => (
        <Row key={glass.id} glass={glass} />
      ))}
    </CardTable>
  );
}
