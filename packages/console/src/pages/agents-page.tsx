import type { AgentLine } from "@narrowgate/contracts";
import type { ReactNode } from "react";
import { listAgents } from "../api/roll.ts";
import { CardTable } from "../parts/card-table.tsx";
import { PageFrame } from "../parts/page-frame.tsx";
import { RollPart } from "../parts/roll-part.tsx";
import { Link } from "../routing/link.tsx";
import { agentPath } from "../routing/route.ts";
import { machineTime, shownTime } from "../view/shown-time.ts";
import { visibleText } from "../view/visible-text.ts";
import type { SessionProps } from "./session-props.ts";

function Row({ agent }: { readonly agent: AgentLine }): ReactNode {
  const { id, tier, owner, state, expires, servers } = agent;
  return (
    <tr>
      <th scope="row" data-label="Agent">
        <Link to={agentPath(id)}>{visibleText(id)}</Link>
      </th>
      <td data-label="Tier">{visibleText(tier)}</td>
      <td data-label="Owner">{visibleText(owner)}</td>
      <td data-label="State">
        <span className="badge">{visibleText(state)}</span>
      </td>
      <td data-label="Expires">
        <time dateTime={machineTime(expires * 1000)}>{shownTime(expires * 1000)}</time>
      </td>
      <td data-label="Servers">{servers.map(visibleText).join(", ")}</td>
    </tr>
  );
}

const empty = (
  <p className="empty">
    No agent is registered. Describe agents and servers in a file, then type{" "}
    <code>narrowgate apply -f narrowgate.yaml</code>
  </p>
);

/** All agents by id. */
export function AgentsPage({ onSignedOut, onSignOut }: SessionProps): ReactNode {
  return (
    <PageFrame title="Agents" page="agents" onSignOut={onSignOut}>
      <RollPart list={listAgents} onSignedOut={onSignedOut} empty={empty}>
        {(agents) => (
          <CardTable
            caption="Agents by id"
            columns={["Agent", "Tier", "Owner", "State", "Expires", "Servers"]}
          >
            {agents.map((agent) => (
              <Row key={agent.id} agent={agent} />
            ))}
          </CardTable>
        )}
      </RollPart>
    </PageFrame>
  );
}
