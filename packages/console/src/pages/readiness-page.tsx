import type { ReadinessLine } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { listReadiness } from "../api/assurance.ts";
import { CardTable } from "../parts/card-table.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { RollPart } from "../parts/roll-part.tsx";
import { VerdictStrip } from "../parts/verdict-mark.tsx";
import { Link } from "../routing/link.tsx";
import { readinessPath } from "../routing/route.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { VERDICT_ORDER } from "../view/verdicts.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

function Row({ line }: { readonly line: ReadinessLine }): ReactNode {
  const { agent, tier, newest } = line;
  const counts = VERDICT_ORDER.flatMap((verdict) => {
    const count = newest?.counts.find((one) => one.verdict === verdict)?.count ?? 0;
    return count === 0 ? [] : [{ verdict, count }];
  });
  return (
    <tr>
      <th scope="row" data-label="Agent">
        <Link to={readinessPath(agent)}>{visibleText(agent)}</Link>
      </th>
      <td data-label="Tier">{visibleText(tier)}</td>
      <td data-label="Ready">
        {newest === undefined ? (
          <span className="badge">never evaluated</span>
        ) : (
          <span className={`badge v-${newest.verdict === "ready" ? "pass" : "stale"}`}>
            {newest.verdict === "ready" ? "ready" : `${newest.blocking} block`}
          </span>
        )}
      </td>
      <td data-label="Controls">{newest !== undefined && <VerdictStrip counts={counts} />}</td>
      <td data-label="Evaluated">
        {newest === undefined ? (
          <code>narrowgate readiness {visibleText(agent)}</code>
        ) : (
          <time dateTime={machineTime(newest.atMs)}>{shownTime(newest.atMs)}</time>
        )}
      </td>
    </tr>
  );
}

const empty = (
  <p className="empty">
    No agent is registered, so there is nothing to be ready. Describe agents and servers in a file, then type{" "}
    <code>narrowgate apply -f narrowgate.yaml</code>
  </p>
);

/** All agents by id, with how ready each is. */
export function ReadinessPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  return (
    <PageFrame title="Readiness" page="readiness" onSignOut={onSignOut}>
      <RollPart list={listReadiness} onSignedOut={onSignedOut} empty={empty}>
        {(lines) => (
          <CardTable
            caption="Agents by id, with the newest evaluation of each"
            columns={["Agent", "Tier", "Ready", "Controls", "Evaluated"]}
          >
            {lines.map((line) => (
              <Row key={line.agent} line={line} />
            ))}
          </CardTable>
        )}
      </RollPart>
    </PageFrame>
  );
}
